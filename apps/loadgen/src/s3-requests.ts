import { hash } from 'node:crypto';
import type { Content } from './content.ts';
import type { Connection, Endpoint, Response } from './http/connection.ts';
import { LoadError } from './load-error.ts';
import { EMPTY_SHA256, encodeKey, encodeQuery, UNSIGNED_PAYLOAD } from './sign.ts';
import type { Signer } from './sign.ts';

export interface S3Components {
  readonly endpoint: Endpoint;
  readonly sign: Signer;
  readonly content: Content;
  readonly bucket: string;
  /** Hash each body into its signature, as clients without TLS do; costs about a millisecond per MiB. */
  readonly signPayload: boolean;
}

/** The requests of the benchmark. Each throws LoadError when the answer is not what it must be. */
export interface S3Requests {
  createBucket(connection: Connection): Promise<void>;
  put(connection: Connection, key: string, sizeBytes: number): Promise<void>;
  /** Checks every byte. */
  get(connection: Connection, key: string, sizeBytes: number): Promise<void>;
  head(connection: Connection, key: string): Promise<void>;
  delete(connection: Connection, key: string): Promise<void>;
  /** Keys after `startAfter`, at most `limit`, checked to be in ascending order. */
  list(connection: Connection, input: { readonly startAfter: string; readonly limit: number }): Promise<readonly string[]>;
}

export function createS3Requests(components: S3Components): S3Requests {
  const { endpoint, sign, content, bucket, signPayload } = components;
  const signed = (
    method: string,
    path: string,
    query = '',
    payloadHash = EMPTY_SHA256,
  ): { method: string; target: string; headers: string } => ({
    method,
    target: query === '' ? path : `${path}?${query}`,
    headers: sign({ method, host: endpoint.authority, path, query, payloadHash }),
  });
  const pathOf = (key: string): string => `/${bucket}/${encodeKey(key)}`;
  return {
    async createBucket(connection) {
      const response = await connection.send(signed('PUT', `/${bucket}`));
      if (response.status === 409 && response.errorText.includes('BucketAlreadyOwnedByYou')) return;
      expectStatus(response, 200);
    },
    async put(connection, key, sizeBytes) {
      const payloadHash = signPayload ? hashOf(content.slices(key, sizeBytes)) : UNSIGNED_PAYLOAD;
      const request = signed('PUT', pathOf(key), '', payloadHash);
      expectStatus(await connection.send({ ...request, body: { sizeBytes, slices: content.slices(key, sizeBytes) } }), 200);
    },
    async get(connection, key, sizeBytes) {
      let received = 0;
      const onData = (bytes: Buffer): void => {
        content.check(key, received, bytes);
        received += bytes.length;
      };
      expectStatus(await connection.send({ ...signed('GET', pathOf(key)), onData }), 200);
      if (received !== sizeBytes) throw new LoadError('wrong-bytes', `${key} has ${received} bytes, not ${sizeBytes}`);
    },
    async head(connection, key) {
      expectStatus(await connection.send(signed('HEAD', pathOf(key))), 200);
    },
    async delete(connection, key) {
      expectStatus(await connection.send(signed('DELETE', pathOf(key))), 204);
    },
    async list(connection, { startAfter, limit }) {
      const query = `list-type=2&max-keys=${limit}${startAfter === '' ? '' : `&start-after=${encodeQuery(startAfter)}`}`;
      const pieces: Buffer[] = [];
      const onData = (bytes: Buffer): void => void pieces.push(Buffer.from(bytes));
      expectStatus(await connection.send({ ...signed('GET', `/${bucket}`, query), onData }), 200);
      return keysOf(Buffer.concat(pieces).toString('utf8'));
    },
  };
}

function expectStatus(response: Response, wanted: number): void {
  if (response.status === wanted) return;
  const code = /<Code>([^<]*)<\/Code>/.exec(response.errorText)?.[1] ?? '';
  throw new LoadError('wrong-answer', `answered ${response.status}${code === '' ? '' : ` ${code}`}`);
}

/** Our own keys need no unescaping. */
function keysOf(page: string): readonly string[] {
  const keys = Array.from(page.matchAll(/<Key>([^<]*)<\/Key>/g), (match) => match[1]!);
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1]! >= keys[i]!) throw new LoadError('wrong-answer', `a page lists ${keys[i - 1]!} before ${keys[i]!}`);
  }
  return keys;
}

function hashOf(slices: Iterable<Buffer>): string {
  return hash('sha256', Buffer.concat([...slices]));
}
