import type { PartitionId } from '@pilvi/cluster-map';

/** Rows outside all partitions lie above them: partition number FFFF is reserved. Part of the format. */
const NODE_PREFIX = Buffer.from([0xff, 0xff]);

/** Numbers 1 and 3 were those of a form with shorter digests. */
export const OLD_CHECKPOINT_KEY = Buffer.concat([NODE_PREFIX, Buffer.from([1])]);
export const CHECKPOINT_KEY = Buffer.concat([NODE_PREFIX, Buffer.from([4])]);
/** Never written: compacting it only flushes the memtable (D3). */
export const UNUSED_KEY = Buffer.concat([NODE_PREFIX, Buffer.from([0xff, 0])]);
/** Below every row that is in no partition. */
export const FIRST_NODE_KEY = NODE_PREFIX;
/** Above every row. */
export const ABOVE_EVERYTHING = Buffer.concat([NODE_PREFIX, Buffer.from([0xff, 0xff])]);

/** Where it is kept how far a partition's rows were written, checkpointed or not. */
export function writtenKey(partition: PartitionId): Buffer {
  const key = Buffer.concat([NODE_PREFIX, Buffer.from([5, 0, 0])]);
  key.writeUInt16BE(partition, 3);
  return key;
}

export const WRITTEN_PREFIX = Buffer.concat([NODE_PREFIX, Buffer.from([5])]);

/** Free for the users of `putNodeRows`: one byte that names the table follows. */
export const USER_PREFIX = Buffer.concat([NODE_PREFIX, Buffer.from([2])]);
