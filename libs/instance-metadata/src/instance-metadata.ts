import { STATUS_CODES, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Random } from '@pilvi/runtime';
import { answer } from './answer.ts';
import type { MetadataAnswer } from './answer.ts';
import type { GroupNames } from './metadata-tree.ts';
import { createRequestBounds } from './request-bounds.ts';
import { createSessionTokens } from './session-tokens.ts';

const CONNECTIONS_LIMIT = 512;
const HEADER_LIMIT_BYTES = 8 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5_000;

export interface InstanceMetadataOptions {
  /** Whose address asks. The network has seen to it that nobody can use another's. */
  find(privateAddress: string): DesiredInstance | undefined;
  readonly groupNames?: GroupNames;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * The instance metadata service, as an HTTP server that listens nowhere yet: `InstanceNetwork.serveMetadata` gives it its socket. Tokens are good as long as
 * the server lives; after that clients, told 401, ask for new ones.
 */
export function createInstanceMetadata({
  find,
  groupNames = () => undefined,
  clock = systemClock,
  random = systemRandom,
}: InstanceMetadataOptions): Server {
  const tokens = createSessionTokens(random.bytes(32), () => clock.wallMs());
  const bounds = createRequestBounds(() => clock.monotonicMs());

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const instance = find(request.socket.remoteAddress ?? '');
    const result: MetadataAnswer =
      instance === undefined || !bounds.take(instance.instanceId)
        ? { status: 503 }
        : answer({ method: request.method ?? '', url: request.url ?? '', headers: request.headers }, instance, { tokens, groupNames });
    send(result, request, response);
  }

  const server = createServer(
    {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
    },
    handle,
  );
  server.maxConnections = CONNECTIONS_LIMIT;
  return server;
}

function send({ status, headers, body = errorPage(status) }: MetadataAnswer, request: IncomingMessage, response: ServerResponse): void {
  const isUnread = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  response.writeHead(status, {
    server: 'EC2ws',
    'content-type': status === 200 ? 'text/plain' : 'text/html',
    'content-length': Buffer.byteLength(body),
    // No request has a body that means anything: it is not read, and its connection not used again.
    ...(isUnread && { connection: 'close' }),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function errorPage(status: number): string {
  return `<html><head><title>${status} - ${STATUS_CODES[status]}</title></head><body><h1>${status} - ${STATUS_CODES[status]}</h1></body></html>`;
}
