import { DIGEST_BYTES, digestBytes, frame, readDigest, unframe } from '@pilvi/object-index';

/** How far a partition's rows are written, and their digest there (D4). It goes with every batch, so it is as new as the newest row beside it. */
export interface WrittenState {
  readonly seq: number;
  readonly digest: bigint;
}

/** [seq u48][digest, 16 bytes] */
const SEQ_BYTES = 6;

export function encodeWritten({ seq, digest }: WrittenState): Buffer {
  const body = Buffer.allocUnsafe(SEQ_BYTES + DIGEST_BYTES);
  body.writeUIntBE(seq, 0, SEQ_BYTES);
  digestBytes(digest).copy(body, SEQ_BYTES);
  return frame(body);
}

/** Throws ObjectIndexError when it is damaged or of another version. */
export function decodeWritten(value: Buffer): WrittenState {
  const body = unframe(value);
  return { seq: body.readUIntBE(0, SEQ_BYTES), digest: readDigest(body.subarray(SEQ_BYTES)) };
}
