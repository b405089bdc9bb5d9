import { createHmac, hash } from 'node:crypto';
import type { SignatureSeed } from '../sigv4/authentication.ts';

export const SEED: SignatureSeed = {
  accessKeyId: 'AKID',
  signingKey: Buffer.from('a signing key'),
  amzDate: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  signature: 'aa'.repeat(32),
};

/** An aws-chunked body as a client would send it: its chunks signed under `seed`, or not, and a trailer after them if there is one. */
export function encodeChunked(
  chunks: readonly Uint8Array[],
  options: { readonly seed?: SignatureSeed; readonly trailer?: readonly (readonly [string, string])[] },
): Buffer {
  let previous = options.seed?.signature ?? '';
  const sign = (kind: string, hashes: string): string => {
    if (options.seed === undefined) return '';
    const { amzDate, scope, signingKey } = options.seed;
    const text = `AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scope}\n${previous}\n${hashes}`;
    previous = createHmac('sha256', signingKey).update(text).digest('hex');
    return previous;
  };
  const pieces: Uint8Array[] = [];
  for (const chunk of [...chunks.filter((each) => each.length > 0), Buffer.alloc(0)]) {
    const signature = sign('PAYLOAD', `${hash('sha256', '')}\n${hash('sha256', chunk)}`);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}${signature === '' ? '' : `;chunk-signature=${signature}`}\r\n`), chunk);
    if (chunk.length > 0) pieces.push(Buffer.from('\r\n'));
  }
  const { trailer } = options;
  if (trailer !== undefined) {
    pieces.push(Buffer.from(trailer.map(([name, value]) => `${name}:${value}\r\n`).join('')));
    const signature = sign('TRAILER', hash('sha256', trailer.map(([name, value]) => `${name}:${value}\n`).join('')));
    if (signature !== '') pieces.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`));
  }
  pieces.push(Buffer.from('\r\n'));
  return Buffer.concat(pieces);
}

/** The bytes in pieces that end at these offsets. */
export async function* cutAt(bytes: Buffer, offsets: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const end of [...offsets.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = Math.max(start, end);
  }
}
