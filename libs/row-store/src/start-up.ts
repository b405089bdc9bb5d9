import type { PartitionId } from '@pilvi/cluster-map';
import { partitionRange } from '@pilvi/object-index';
import { decodeWritten } from './written-form.ts';
import type { WrittenState } from './written-form.ts';
import { decodeCheckpoint } from './checkpoint-form.ts';
import type { CheckpointedPartition } from './checkpoint-form.ts';
import { rangeOptions } from './database-reads.ts';
import { RowStoreError } from './errors.ts';
import { CHECKPOINT_KEY, FIRST_NODE_KEY, OLD_CHECKPOINT_KEY, WRITTEN_PREFIX } from './node-keys.ts';
import type { Database } from './open-database.ts';

/** Throws RowStoreError `damaged`, since without the marker nobody knows where the partitions stand, and `unknown-format`. */
export async function readCheckpoint(db: Database): Promise<ReadonlyMap<PartitionId, CheckpointedPartition>> {
  if ((await db.get(OLD_CHECKPOINT_KEY)) !== undefined)
    throw new RowStoreError('unknown-format', 'the rows were written by an older version, which kept shorter digests');
  try {
    const stored = await db.get(CHECKPOINT_KEY);
    return stored === undefined ? new Map() : decodeCheckpoint(stored);
  } catch (error) {
    throw new RowStoreError('damaged', 'the checkpoint cannot be read', error);
  }
}

/** A partition without a checkpoint is replayed from nothing, or filled: rows that a broken-off install left there must go. */
export async function clearUncheckpointed(db: Database, checkpoints: ReadonlyMap<PartitionId, CheckpointedPartition>): Promise<void> {
  let from = 0;
  for (;;) {
    const gte = Buffer.allocUnsafe(2);
    gte.writeUInt16BE(from);
    const [first] = await db.keys({ gte, lt: FIRST_NODE_KEY, limit: 1 }).all();
    if (first === undefined) return;
    const partition = first.readUInt16BE(0) as PartitionId;
    if (!checkpoints.has(partition)) await db.clear(rangeOptions(partitionRange(partition)));
    from = partition + 1;
  }
}

/** How far each partition's rows were written when the node stopped: perhaps beyond its checkpoint. Throws RowStoreError `damaged`. */
export async function readWritten(db: Database): Promise<Map<PartitionId, WrittenState>> {
  const written = new Map<PartitionId, WrittenState>();
  const end = Buffer.concat([WRITTEN_PREFIX, Buffer.from([0xff, 0xff, 0xff])]);
  for await (const [key, value] of db.iterator({ gte: WRITTEN_PREFIX, lt: end })) {
    try {
      written.set(key.readUInt16BE(WRITTEN_PREFIX.length) as PartitionId, decodeWritten(value));
    } catch (error) {
      throw new RowStoreError('damaged', 'it cannot be read how far the rows were written', error);
    }
  }
  return written;
}
