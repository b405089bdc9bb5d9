import type { IncomingMessage, ServerResponse } from 'node:http';
import { authenticate, type Authentication, type S3Error } from '@pilvi/s3-protocol';
import type { AccessKey, S3Components } from './components.ts';
import { errorReply, type ErrorPlace } from './error-reply.ts';
import { toS3Error } from './error-table.ts';
import { checkExpectedOwner, type Exchange, findBucket, requirePermission } from './exchange.ts';
import { findVerb } from './find-verb.ts';
import { refuseUnbuiltHeaders } from './refused-headers.ts';
import type { Reply } from './reply.ts';
import { requestBody } from './request-body.ts';
import { plainHeaders, requestHeaders } from './request-headers.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import { sendReply, type Wire } from './send-reply.ts';
import { sendSlowReply } from './send-slow-reply.ts';
import type { Verb } from './verb.ts';

/** What the access log tells of a request, filled in as it becomes known. */
interface Trace {
  readonly startMs: number;
  operation: string;
  bucket: string;
  key: string;
  accessKeyId: string;
  error: S3Error | undefined;
  /** What lies behind `error` when it is none of the client's making, or what broke the reply. */
  cause: unknown;
}

/** One request to one S3 reply, whatever happens. */
export function createDispatcher(components: S3Components): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void serve(components, request, response);
  };
}

/** Never rejects. */
async function serve(components: S3Components, request: IncomingMessage, response: ServerResponse): Promise<void> {
  components.observer.began();
  const requestId = components.requestIds();
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const wire: Wire = {
    request,
    response,
    commonHeaders: ['x-amz-request-id', requestId, 'x-amz-id-2', requestId, 'Server', 'Pilvi'],
    clock: components.clock,
    signal: gone.signal,
  };
  const place: ErrorPlace = { resource: pathOf(request), requestId, hostId: requestId };
  const trace: Trace = {
    startMs: components.clock.monotonicMs(),
    operation: '',
    bucket: '',
    key: '',
    accessKeyId: '',
    error: undefined,
    cause: undefined,
  };
  let bytesSent = 0;
  try {
    bytesSent = await answer(components, wire, place, trace);
  } catch (error) {
    trace.error = toS3Error(error);
    trace.cause = error === trace.error ? trace.error.cause : error;
    if (response.headersSent) response.destroy();
    else bytesSent = await sendReply(wire, errorReply(trace.error, place)).catch(() => 0);
  }
  logAccess(components, request, response, { trace, requestId, bytesSent, aborted: gone.signal.aborted });
}

async function answer(components: S3Components, wire: Wire, place: ErrorPlace, trace: Trace): Promise<number> {
  const { request, response, signal } = wire;
  const target = parseTarget(request.url ?? '', request.headers.host, components.domains);
  trace.bucket = target.bucket;
  trace.key = target.key;
  const verb = findVerb(request.method ?? '', target, request.headers['x-amz-copy-source'] !== undefined);
  trace.operation = verb.name;
  const authentication = verb.on === 'preflight' ? UNSIGNED : verifySignature(components, request, target);
  const principal = authentication.kind === 'signed' ? authentication.key : undefined;
  if (authentication.kind === 'signed') trace.accessKeyId = authentication.accessKeyId;
  const headers = requestHeaders(request.headers, target.query);
  const exchange: Exchange = {
    components,
    request,
    response,
    headers,
    query: target.query,
    principal,
    body: requestBody(request, response, headers, authentication),
    requestId: place.requestId,
    signal,
  };
  const reply = await run(exchange, verb, target);
  if (reply.kind !== 'slow') return sendReply(wire, reply);
  const { bytes, lateError } = await sendSlowReply(wire, reply.work, place);
  if (lateError !== undefined) {
    trace.error = toS3Error(lateError);
    trace.cause = lateError;
  }
  return bytes;
}

/** A browser asks for permission before it signs anything. */
const UNSIGNED: Authentication<AccessKey> = { kind: 'anonymous', payload: { kind: 'unsigned' } };

function verifySignature(components: S3Components, request: IncomingMessage, target: RequestTarget): Authentication<AccessKey> {
  const head = { method: request.method ?? '', url: request.url ?? '', headers: plainHeaders(request.headers) };
  return authenticate(head, {
    lookup: components.credentials,
    region: components.region,
    nowMs: components.clock.wallMs(),
    hostedBucket: target.hosted ? target.bucket : undefined,
  });
}

/** Permission first, then what the request's headers ask for, then the verb itself. */
async function run(exchange: Exchange, verb: Verb, target: RequestTarget): Promise<Reply> {
  switch (verb.on) {
    case 'preflight':
      return verb.run(exchange);
    case 'service':
      requirePermission(exchange, verb.action, { bucket: '' });
      return verb.run(exchange);
    case 'new-bucket':
      requirePermission(exchange, verb.action, { bucket: target.bucket });
      refuseUnbuiltHeaders(exchange.headers);
      return verb.run(exchange, target.bucket);
    case 'bucket':
    case 'object': {
      const bucket = await findBucket(exchange.components, target.bucket, exchange.signal);
      if (verb.asksPerKey !== true)
        requirePermission(exchange, verb.action, verb.on === 'bucket' ? { bucket } : { bucket, key: target.key });
      checkExpectedOwner(exchange, 'x-amz-expected-bucket-owner', bucket);
      refuseUnbuiltHeaders(exchange.headers);
      return verb.on === 'bucket' ? verb.run(exchange, bucket) : verb.run(exchange, bucket, target.key);
    }
    default:
      return verb satisfies never;
  }
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

interface Outcome {
  readonly trace: Trace;
  readonly requestId: string;
  readonly bytesSent: number;
  readonly aborted: boolean;
}

/** In the access log alone, as nginx has it: no status could be told to a client that went away. */
const CLIENT_GONE = 499;

/** One line per request. What a client is not told is told here. */
function logAccess(components: S3Components, request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  const { trace, requestId, bytesSent, aborted } = outcome;
  const tookMs = components.clock.monotonicMs() - trace.startMs;
  components.observer.ended({
    operation: trace.operation,
    status: response.statusCode,
    aborted,
    errorCode: trace.error?.code,
    tookMs,
    receivedBytes: request.complete ? Number(request.headers['content-length'] ?? 0) : 0,
    sentBytes: bytesSent,
  });
  const fields: Record<string, unknown> = {
    requestId,
    operation: trace.operation,
    method: request.method,
    bucket: trace.bucket,
    key: trace.key,
    status: aborted ? CLIENT_GONE : response.statusCode,
    bytesSent,
    durationMs: Math.round(tookMs * 10) / 10,
    accessKeyId: trace.accessKeyId,
    remote: request.socket.remoteAddress,
  };
  if (trace.error !== undefined) fields['error'] = trace.error.code;
  if (aborted) fields['aborted'] = true;
  const ours = trace.error !== undefined && trace.error.status >= 500 && trace.error.code !== 'NotImplemented' && !aborted;
  if (ours) components.log.error({ ...fields, err: trace.cause }, 'request failed');
  else components.log.info(fields, 'request');
}
