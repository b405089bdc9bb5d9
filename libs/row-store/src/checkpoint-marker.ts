import type { PartitionId } from '@pilvi/cluster-map';
import { encodeCheckpoint } from './checkpoint-form.ts';
import type { CheckpointedPartition } from './checkpoint-form.ts';
import { CHECKPOINT_KEY } from './node-keys.ts';
import type { Database } from './open-database.ts';

export type Marks = ReadonlyMap<PartitionId, CheckpointedPartition>;

/** The marker says where each partition stands on disk (D3). It is replaced by one at a time: a checkpoint must not bring back a partition that is being emptied. */
export interface CheckpointMarker {
  readonly marks: Marks;
  /** Runs `work` when no other runs; `set` makes new marks durable. */
  exclusively<T>(work: (set: (next: Marks) => Promise<void>) => Promise<T>): Promise<T>;
}

export function createCheckpointMarker(db: Database, initial: Marks): CheckpointMarker {
  let marks = initial;
  let turn: Promise<unknown> = Promise.resolve();
  const set = async (next: Marks): Promise<void> => {
    await db.put(CHECKPOINT_KEY, encodeCheckpoint(next), { sync: true });
    marks = next;
  };
  return {
    get marks() {
      return marks;
    },
    exclusively(work) {
      const result = turn.then(() => work(set));
      turn = result.catch(() => undefined); // told to the caller
      return result;
    },
  };
}
