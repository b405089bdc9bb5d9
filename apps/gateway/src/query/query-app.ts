import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Form, parseForm, QueryError, readRequest, writeError, writeResponse } from '@pilvi/aws-query';
import type { AccessKey } from '../s3/components.ts';
import { plainHeaders } from '../s3/request-headers.ts';
import { readQueryBody } from './query-body.ts';
import { toQueryError } from './query-error-table.ts';
import type { QueryAction, QueryCall, QueryComponents, QueryService } from './query-service.ts';
import { verifyCaller } from './verify-caller.ts';

interface Trace {
  action: string;
  accessKeyId: string;
  error: QueryError | undefined;
}

/** Answers the requests of one Query service: a POSTed form, or a GET whose query is the form. */
export function createQueryApp(
  components: QueryComponents,
  service: QueryService,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void serve(components, service, request, response);
  };
}

/** Never rejects. */
async function serve(
  components: QueryComponents,
  service: QueryService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = components.requestIds();
  const startMs = components.clock.monotonicMs();
  const trace: Trace = { action: '', accessKeyId: '', error: undefined };
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const text = await answer(components, service, request, response, { trace, requestId, signal: gone.signal });
    send(request, response, { status: 200, text, requestId });
  } catch (error) {
    trace.error = toQueryError(error);
    send(request, response, { status: trace.error.status, text: writeError(service.shapes, trace.error, requestId), requestId });
  }
  const { action, accessKeyId, error } = trace;
  const durationMs = Math.round((components.clock.monotonicMs() - startMs) * 10) / 10;
  const fields = { requestId, service: service.name, action, status: response.statusCode, durationMs, accessKeyId };
  if (error?.code === 'InternalError' || error?.code === 'Unavailable')
    components.log.error({ ...fields, error: error.code, err: error.cause }, 'request failed');
  else components.log.info({ ...fields, ...(error === undefined ? {} : { error: error.code }) }, 'request');
}

interface Circumstances {
  readonly trace: Trace;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

async function answer(
  components: QueryComponents,
  service: QueryService,
  request: IncomingMessage,
  response: ServerResponse,
  { trace, requestId, signal }: Circumstances,
): Promise<string> {
  const { method = '', url = '' } = request;
  if (method !== 'POST' && method !== 'GET')
    throw new QueryError('InvalidAction', `The HTTP method ${method} is not valid for this web service.`);
  const body = await readQueryBody(request, response);
  const head = { method, url, headers: plainHeaders(request.headers), bodySha256: hash('sha256', body) };
  const principal = verifyCaller(components, service.name, head);
  trace.accessKeyId = principal.principal;
  const form = parseForm(method === 'POST' ? body.toString() : url.slice(url.indexOf('?') + 1));
  trace.action = form.get('Action') ?? '';
  const action = findAction(service, form);
  const call: QueryCall = { principal, requestId, form, signal };
  const parameters = readRequest(service.shapes, action.name, form, [...action.takes, 'DryRun']);
  requirePermission(components, service, action, { principal, parameters, request });
  if ((parameters as { DryRun?: boolean }).DryRun === true)
    throw new QueryError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
  return writeResponse(service.shapes, action.name, await action.run(parameters as never, call), requestId);
}

function findAction(service: QueryService, form: Form): QueryAction {
  const name = form.get('Action');
  if (name === undefined || name === '') throw new QueryError('MissingAction', 'The request must contain the parameter Action');
  const action = service.actions.get(name);
  if (action !== undefined) return action;
  if (service.knows(name)) throw new QueryError('UnsupportedOperation', `Pilvi does not implement ${name}.`);
  throw new QueryError('InvalidAction', `The action ${name} is not valid for this web service.`);
}

/** Throws UnauthorizedOperation (EC2) or AccessDenied unless the caller may do this to everything that the request names. */
function requirePermission(
  { authorize, region }: QueryComponents,
  { name }: QueryService,
  action: QueryAction,
  { principal, parameters, request }: { principal: AccessKey; parameters: unknown; request: IncomingMessage },
): void {
  const context = {
    bucketOwnerId: undefined,
    secureTransport: (request.socket as Partial<TLSSocket>).encrypted === true,
    sourceIp: request.socket.remoteAddress,
  };
  for (const resource of action.resources?.(parameters as never) ?? ['*']) {
    if (authorize(principal, `${name}:${action.name}`, `arn:aws:${name}:${region}:${principal.accountId}:${resource}`, context)) continue;
    if (name === 'ec2') throw new QueryError('UnauthorizedOperation', 'You are not authorized to perform this operation.');
    throw new QueryError('AccessDenied', `User: ${principal.principal} is not authorized to perform: ${name}:${action.name}`);
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: { status: number; text: string; requestId: string }): void {
  if (response.headersSent || response.destroyed) return;
  const headers: Record<string, string | number> = {
    'Content-Type': 'text/xml;charset=UTF-8',
    'Content-Length': Buffer.byteLength(reply.text),
    'x-amzn-RequestId': reply.requestId,
    Server: 'Pilvi',
  };
  // What was not read would be taken for the next request.
  if (!request.complete) headers['Connection'] = 'close';
  response.writeHead(reply.status, headers);
  response.end(reply.text);
}
