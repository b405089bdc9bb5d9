import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@pilvi/runtime';
import { serveHttp } from '@pilvi/transport';
import type { HttpListener, Security } from '@pilvi/transport';
import type { ProcessMetrics } from './process-metrics.ts';

export const METRICS_PATH = '/_pilvi/metrics';

/** Serves metrics at an address of their own: `unix:/path`, or `host:port` by mutual TLS. Throws TransportError. */
export function serveMetrics(
  metrics: ProcessMetrics,
  { address, security, log }: { readonly address: string; readonly security: Security; readonly log: Logger },
): Promise<HttpListener> {
  return serveHttp({
    address,
    security,
    handler: (request, response) => {
      if (request.url === METRICS_PATH) void answerMetrics(metrics, request, response, log);
      else response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is only ${METRICS_PATH} here.\n`);
    },
  });
}

/** Answers a GET or HEAD in Prometheus' text format. Never rejects. */
export async function answerMetrics(
  { registry }: ProcessMetrics,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain' }).end('Metrics are read by GET.\n');
    return;
  }
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text);
  } catch (error) {
    log.error({ err: error }, 'metrics could not be read');
    response.writeHead(500, { 'content-type': 'text/plain' }).end('The metrics could not be read; the log says why.\n');
  }
}
