import { crc32 } from 'node:zlib';
import { partitionId } from './ids.ts';
import type { BucketId, PartitionId } from './ids.ts';

/**
 * The partition of a key: CRC-32 of the bucket id, a zero byte and the key's UTF-8, spread by a multiplicative mix
 * (CRC-32 alone is linear, so similar keys would cluster) and reduced by multiplication (Lemire). Part of the format:
 * objects are found by it, so it never changes.
 */
export function partitionOf(bucket: BucketId, key: string, partitions: number): PartitionId {
  const sum = crc32(key, crc32(`${bucket}\0`));
  const mixed = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  const spread = (mixed ^ (mixed >>> 13)) >>> 0;
  return partitionId(Math.floor((spread / 0x1_0000_0000) * partitions));
}
