import { createProcessMetrics, LATENCY_BUCKETS_SECONDS } from '@pilvi/metrics';
import type { ProcessMetrics } from '@pilvi/metrics';
import type { EndedRequest, RequestObserver } from '../s3/request-observer.ts';

/** What a gateway counts while it works. What it keeps anyway is read when asked for (gateway-readings.ts). */
export interface GatewayMetrics {
  readonly process: ProcessMetrics;
  readonly s3: RequestObserver;
  /** A client's connection was opened; what is returned tells that it closed. */
  connected(): () => void;
}

/** A client that went away was told no status. */
const GONE = 'gone';
/** What is no S3 request at all has no operation. */
const UNKNOWN = 'unknown';

export function createGatewayMetrics(name: string, options: { readonly withNode?: boolean } = {}): GatewayMetrics {
  const process = createProcessMetrics({ name, kind: 'gateway', ...options });
  const { addCounter, addGauge, addHistogram } = process;
  const durations = addHistogram(
    'pilvi_s3_request_seconds',
    'Time from the head of an S3 request to the end of its answer, by operation and class of status (2xx to 5xx; gone: the client left).',
    LATENCY_BUCKETS_SECONDS,
    ['operation', 'status'],
  );
  const errors = addCounter('pilvi_s3_errors_total', 'S3 requests answered with an error, by its S3 code.', ['code']);
  const received = addCounter('pilvi_s3_received_bytes_total', 'Bytes of request bodies read to their end, as their length was declared.', [
    'operation',
  ]);
  const sent = addCounter('pilvi_s3_sent_bytes_total', 'Bytes of answer bodies handed to connections.', ['operation']);
  const inFlight = addGauge('pilvi_s3_requests_in_flight', 'S3 requests under way.');
  const connections = addGauge('pilvi_http_connections', 'Open connections of clients, idle ones included.');
  return {
    process,
    s3: {
      began: () => inFlight.inc(),
      ended(request: EndedRequest) {
        inFlight.dec();
        const operation = request.operation === '' ? UNKNOWN : request.operation;
        durations.observe({ operation, status: classOf(request) }, request.tookMs / 1_000);
        if (request.errorCode !== undefined) errors.inc({ code: request.errorCode });
        if (request.receivedBytes > 0) received.inc({ operation }, request.receivedBytes);
        if (request.sentBytes > 0) sent.inc({ operation }, request.sentBytes);
      },
    },
    connected() {
      connections.inc();
      return () => {
        connections.dec();
      };
    },
  };
}

function classOf({ aborted, status }: EndedRequest): string {
  return aborted ? GONE : `${String(Math.trunc(status / 100))}xx`;
}
