import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { DIGEST_BYTES, digestBytes, frame, readDigest, unframe } from '@pilvi/object-index';

/** Where one partition's rows stood at the last checkpoint (D3). */
export interface CheckpointedPartition {
  readonly seq: number;
  readonly epoch: number;
  readonly hash: number;
  readonly digest: bigint;
  readonly objects: number;
}

/** [partition u16][seq u48][epoch u48][hash u32][digest, 16 bytes][objects u48] each. */
const ENTRY_BYTES = 2 + 6 + 6 + 4 + DIGEST_BYTES + 6;
const DIGEST_AT = 18;
const OBJECTS_AT = DIGEST_AT + DIGEST_BYTES;

export function encodeCheckpoint(marks: ReadonlyMap<PartitionId, CheckpointedPartition>): Buffer {
  const body = Buffer.alloc(marks.size * ENTRY_BYTES);
  let at = 0;
  for (const [partition, m] of marks) {
    body.writeUInt16BE(partition, at);
    body.writeUIntBE(m.seq, at + 2, 6);
    body.writeUIntBE(m.epoch, at + 8, 6);
    body.writeUInt32BE(m.hash, at + 14);
    digestBytes(m.digest).copy(body, at + DIGEST_AT);
    body.writeUIntBE(m.objects, at + OBJECTS_AT, 6);
    at += ENTRY_BYTES;
  }
  return frame(body);
}

/** Throws ObjectIndexError when it is damaged or of another version. */
export function decodeCheckpoint(value: Buffer): Map<PartitionId, CheckpointedPartition> {
  const body = unframe(value);
  const marks = new Map<PartitionId, CheckpointedPartition>();
  for (let at = 0; at + ENTRY_BYTES <= body.length; at += ENTRY_BYTES) {
    marks.set(partitionId(body.readUInt16BE(at)), {
      seq: body.readUIntBE(at + 2, 6),
      epoch: body.readUIntBE(at + 8, 6),
      hash: body.readUInt32BE(at + 14),
      digest: readDigest(body.subarray(at + DIGEST_AT)),
      objects: body.readUIntBE(at + OBJECTS_AT, 6),
    });
  }
  return marks;
}
