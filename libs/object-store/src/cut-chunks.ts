import { ObjectStoreError } from './errors.ts';

/**
 * Cuts a body into chunks of `chunkSizeBytes`, the last one shorter. A chunk that lies within one incoming buffer is a slice of it;
 * any other is assembled with one copy, so that the client's small buffers are free at once. Throws ObjectStoreError `bad-digest`
 * when the body is not `sizeBytes` long (the edge should have noticed).
 */
export async function* cutChunks(
  bytes: AsyncIterable<Buffer>,
  { sizeBytes, chunkSizeBytes }: { readonly sizeBytes: number; readonly chunkSizeBytes: number },
): AsyncGenerator<Buffer> {
  let remaining = sizeBytes;
  let open: { readonly chunk: Buffer; filled: number } | undefined;
  for await (const buffer of bytes) {
    if (buffer.length > remaining - (open?.filled ?? 0))
      throw new ObjectStoreError('bad-digest', `the body is longer than the ${sizeBytes} bytes declared`);
    let at = 0;
    while (at < buffer.length) {
      const wanted = Math.min(chunkSizeBytes, remaining);
      if (open === undefined && buffer.length - at >= wanted) {
        yield buffer.subarray(at, at + wanted);
        at += wanted;
        remaining -= wanted;
        continue;
      }
      open ??= { chunk: Buffer.allocUnsafeSlow(wanted), filled: 0 };
      const copied = buffer.copy(open.chunk, open.filled, at);
      at += copied;
      open.filled += copied;
      if (open.filled < open.chunk.length) continue;
      const { chunk } = open;
      open = undefined;
      remaining -= chunk.length;
      yield chunk;
    }
  }
  if (remaining > 0) throw new ObjectStoreError('bad-digest', `the body is shorter than the ${sizeBytes} bytes declared`);
}

/** A whole small body in one buffer. */
export async function collect(bytes: AsyncIterable<Buffer>, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes === 0) {
    for await (const buffer of bytes)
      if (buffer.length > 0) throw new ObjectStoreError('bad-digest', 'the body is longer than the 0 bytes declared');
    return Buffer.alloc(0);
  }
  let whole: Buffer | undefined;
  for await (const chunk of cutChunks(bytes, { sizeBytes, chunkSizeBytes: sizeBytes })) whole = chunk;
  if (whole === undefined) throw new Error('a body without bytes was cut into no chunk and no error');
  return whole;
}
