import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { Agent } from 'node:http';
import { createFailoverHandler } from './failover-handler.ts';
import type { FailoverOptions, RequestHandler } from './failover-handler.ts';

/** Where a cluster is and who may use it. */
export interface ClientTarget {
  /** Of the first gateway. */
  readonly endpoint: string;
  readonly endpoints: readonly string[];
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** `maxAttempts` 1 shows every failure, more hides what the client's own retries mend. */
export interface ClientOptions {
  readonly maxAttempts: number;
  readonly timeoutMs: number;
}

/** So many clients, spread over all gateways; each stays with its own. */
export function createClients(target: Pick<ClientTarget, 'endpoints' | 'credentials'>, count: number, options: ClientOptions): S3Client[] {
  const { endpoints, credentials } = target;
  return Array.from({ length: count }, (_, i) => createClient({ endpoint: endpoints[i % endpoints.length]!, credentials }, options));
}

/** The AWS SDK as people use it. */
export function createClient({ endpoint, credentials }: Pick<ClientTarget, 'endpoint' | 'credentials'>, options: ClientOptions): S3Client {
  return clientWith({ endpoint, credentials }, options, new NodeHttpHandler(handlerOptions(options)));
}

/** So many clients, spread over all gateways; each turns to the next gateway when its own does not answer. */
export function createFailoverClients(
  target: ClientTarget,
  count: number,
  options: ClientOptions & Pick<FailoverOptions, 'onFailure'>,
): S3Client[] {
  const { endpoints } = target;
  return Array.from({ length: count }, (_, first) =>
    clientWith(target, options, createFailoverHandler({ ...options, endpoints, first }, handlerOptions(options))),
  );
}

function clientWith(
  { endpoint, credentials }: Pick<ClientTarget, 'endpoint' | 'credentials'>,
  { maxAttempts }: ClientOptions,
  requestHandler: RequestHandler,
): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts, requestHandler });
}

function handlerOptions({ timeoutMs }: ClientOptions): NodeHttpHandlerOptions {
  return {
    httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }),
    connectionTimeout: 2_000,
    requestTimeout: timeoutMs,
    throwOnRequestTimeout: true,
  };
}
