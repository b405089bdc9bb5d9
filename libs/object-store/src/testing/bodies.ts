import { createHash } from 'node:crypto';
import type { IncomingBody, PutObjectInput } from '../object-store.ts';
import { bucketId } from '@pilvi/cluster-map';

export const BUCKET = bucketId('b'.repeat(32));
export const ANY = { ifMatch: [], ifNoneMatch: [], ifMatchSize: -1n, ifMatchModifiedMs: -1n };

/** A body that comes in pieces of the given length, with its MD5 as ETag. */
export function bodyOf(data: Buffer, pieceBytes = 64 * 1024): IncomingBody {
  return {
    sizeBytes: data.length,
    bytes: pieces(data, pieceBytes),
    finish: () => ({ etag: createHash('md5').update(data).digest('hex'), checksums: [] }),
  };
}

async function* pieces(data: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += pieceBytes) {
    await Promise.resolve();
    yield data.subarray(at, at + pieceBytes);
  }
}

export function putInput(key: string, body: IncomingBody): PutObjectInput {
  return { bucket: BUCKET, key, body, metadata: { headers: [], user: [] }, tags: [], ownerId: 'owner', condition: ANY };
}

export async function readAll(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}
