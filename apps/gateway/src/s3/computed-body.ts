import { createHasher, fromStoredAlgorithm } from '@pilvi/checksums';
import type { ChecksumAlgorithm } from '@pilvi/contracts/index/v1/record';
import type { IncomingBody } from '@pilvi/object-store';

/** Stored bytes on their way into a copy: its ETag and checksums are computed anew, over the copied bytes alone. */
export function computedBody(bytes: AsyncIterable<Buffer>, sizeBytes: number, algorithms: readonly ChecksumAlgorithm[]): IncomingBody {
  const md5 = createHasher('MD5');
  const hashers = algorithms.flatMap((algorithm) => {
    const name = fromStoredAlgorithm(algorithm);
    return name === undefined ? [] : [{ algorithm, hasher: createHasher(name) }];
  });
  return {
    sizeBytes,
    bytes: observed(bytes, (piece) => {
      md5.update(piece);
      for (const { hasher } of hashers) hasher.update(piece);
    }),
    finish: () => ({
      etag: md5.digest().toString('hex'),
      checksums: hashers.map(({ algorithm, hasher }) => ({ algorithm, value: hasher.digest().toString('base64'), composite: false })),
    }),
  };
}

async function* observed(bytes: AsyncIterable<Buffer>, see: (piece: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    see(piece);
    yield piece;
  }
}
