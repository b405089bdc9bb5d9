import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { MAIN } from './s3-server.ts';

/** A request as bytes on a socket: nothing is checked, completed or encoded on its way. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Send only so many bytes of the body, then end the connection. */
  readonly truncateTo?: number;
}

export interface RawAnswer {
  /** 0: the connection closed without an answer. */
  readonly status: number;
  readonly text: string;
  /** Of the error document. */
  readonly code: string | undefined;
}

export async function send(port: number, request: RawRequest): Promise<RawAnswer> {
  const head = [
    `${request.method} ${request.url} HTTP/1.1`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(30_000, () => socket.destroy(new Error('no answer within thirty seconds')));
  socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
  socket[request.truncateTo === undefined ? 'write' : 'end'](request.body.subarray(0, request.truncateTo));
  const pieces: Buffer[] = [];
  try {
    for await (const piece of socket) pieces.push(piece as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  const text = Buffer.concat(pieces).toString('latin1');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] };
}

export interface Unsigned {
  readonly method: string;
  /** Already encoded as SigV4 wants it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** As a presigned URL: the signature in the query, the body unsigned, headers that are not signed. */
export function presigned(
  request: Unsigned,
  { secret = MAIN.secret, accessKeyId = MAIN.accessKeyId, timeMs = Date.now(), region = 'us-east-1' }: Signing = {},
): RawRequest {
  const date = amzDate(timeMs);
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = queryString({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
  });
  const canonical = `${request.method}\n${request.path}\n${query}\nhost:pilvi.test\n\nhost\nUNSIGNED-PAYLOAD`;
  const url = `${request.path}?${query}&X-Amz-Signature=${signatureOf(canonical, date, scope, secret)}`;
  const body = request.body ?? Buffer.alloc(0);
  const headers = { host: 'pilvi.test', 'content-length': String(body.length), connection: 'close', ...request.headers };
  return { method: request.method, url, headers, body };
}

export interface Signing {
  readonly secret?: string;
  readonly accessKeyId?: string;
  readonly timeMs?: number;
  readonly region?: string;
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** Signed in the Authorization header, as "Signature Version 4" says. The connection closes after the answer. */
export function signed(
  request: Unsigned,
  { secret = MAIN.secret, accessKeyId = MAIN.accessKeyId, timeMs = Date.now(), region = 'us-east-1' }: Signing = {},
): RawRequest {
  const body = request.body ?? Buffer.alloc(0);
  const date = amzDate(timeMs);
  const query = queryString(request.query ?? {});
  const lower = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value.trim()]);
  const headers: Record<string, string> = {
    host: 'pilvi.test',
    'x-amz-date': date,
    'x-amz-content-sha256': sha256(body),
    ...(Object.fromEntries(lower) as Record<string, string>),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.path,
    query,
    ...names.map((name) => `${name}:${headers[name]?.replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const signature = signatureOf(canonical, date, scope, secret);
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return {
    method: request.method,
    url: query === '' ? request.path : `${request.path}?${query}`,
    headers: { ...headers, authorization, 'content-length': String(body.length), connection: 'close' },
    body,
  };
}

function amzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function queryString(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
}

function signatureOf(canonical: string, date: string, scope: string, secret: string): string {
  const key = scope.split('/').reduce((k: Buffer | string, part) => hmac(k, part), `AWS4${secret}`);
  return hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(Buffer.from(canonical, 'latin1'))}`).toString('hex');
}
