import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/** What the AWS SDK asks of a handler. */
export type RequestHandler = Pick<NodeHttpHandler, 'metadata' | 'handle' | 'destroy' | 'updateHttpClientConfig' | 'httpHandlerConfigs'>;

export interface FailoverOptions {
  readonly endpoints: readonly string[];
  /** The endpoint to begin with. */
  readonly first: number;
  /** Told of every request that had no answer, or an answer of the 500s. */
  readonly onFailure?: (failure: string) => void;
}

/**
 * Sends requests to one of several gateways, and after a connection that failed to the next one: what a load balancer, or any client that knows
 * of several endpoints, does. The request that failed is the caller's to repeat. Signatures stay valid: they are over the Host header, which is not changed.
 */
export function createFailoverHandler({ endpoints, first, onFailure }: FailoverOptions, options: NodeHttpHandlerOptions): RequestHandler {
  const gateways = endpoints.map((endpoint) => new URL(endpoint));
  const inner = new NodeHttpHandler(options);
  let current = first % gateways.length;
  return {
    metadata: inner.metadata,
    destroy: () => inner.destroy(),
    updateHttpClientConfig: (key, value) => inner.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => inner.httpHandlerConfigs(),
    async handle(request, handlerOptions) {
      const asked = current;
      const { hostname, port } = gateways[asked]!;
      request.hostname = hostname;
      request.port = Number(port);
      try {
        const answer = await inner.handle(request, handlerOptions);
        if (answer.response.statusCode >= 500) onFailure?.(`${request.method} ${request.path}: ${String(answer.response.statusCode)}`);
        return answer;
      } catch (error) {
        onFailure?.(`${request.method} ${request.path} at ${gateways[asked]!.host}: ${String(error)}`);
        // Others of this client may have turned to the next one meanwhile.
        if (current === asked) current = (asked + 1) % gateways.length;
        throw error;
      }
    },
  };
}
