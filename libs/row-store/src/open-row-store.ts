import type { PartitionId } from '@pilvi/cluster-map';
import { partitionRange } from '@pilvi/object-index';
import type { RowChange } from '@pilvi/object-index';
import type { CheckpointedPartition } from './checkpoint-form.ts';
import { createCheckpointMarker } from './checkpoint-marker.ts';
import type { CheckpointMarker } from './checkpoint-marker.ts';
import { openCursor, pages, rangeOptions, readAhead } from './database-reads.ts';
import { RowStoreError } from './errors.ts';
import { ABOVE_EVERYTHING, UNUSED_KEY, writtenKey } from './node-keys.ts';
import { isCorruption, markDamaged, openDatabase } from './open-database.ts';
import type { Database, RowIterator } from './open-database.ts';
import { createAppliedStates } from './applied-states.ts';
import type { AppliedStates } from './applied-states.ts';
import { createPendingRows } from './pending-rows.ts';
import type { PendingRows } from './pending-rows.ts';
import { encodeWritten } from './written-form.ts';
import type { AppliedState, RowStore } from './row-store.ts';
import { createRowWriter } from './row-writer.ts';
import type { Operation, RowWriter } from './row-writer.ts';
import { scrubRows } from './scrub.ts';
import { verifyTables } from './verify-tables.ts';
import { clearUncheckpointed, readCheckpoint, readWritten } from './start-up.ts';

export interface RowStoreOptions {
  readonly directory: string;
  /** The first write error: the process must end (D5). */
  readonly onFatal: (error: Error) => void;
}

/** Opens the rows of one node. Throws RowStoreError `damaged` when the files are: the node must then begin anew, with an empty directory (D2). */
export async function openRowStore({ directory, onFatal }: RowStoreOptions): Promise<RowStore> {
  const db = await openDatabase(directory);
  const checkpoints = await readCheckpoint(db);
  await clearUncheckpointed(db, checkpoints);
  const touched = new Set<PartitionId>();

  const overlay = createPendingRows((key) => readRow(db, key));
  const initial = new Map([...checkpoints].map(([partition, { seq, digest, objects }]) => [partition, { seq, digest, objects }]));
  const applied = createAppliedStates(initial, await readWritten(db), rowBefore);

  function rowBefore(key: Buffer): Buffer | undefined {
    try {
      return overlay.committed.get(key);
    } catch {
      // The digest keeps what cannot be read, so the next scrub says that it is missing.
      return undefined;
    }
  }
  const writer = createRowWriter(db, {
    onBatch: () => takeWritten(touched, applied),
    onWritten: overlay.written,
    onError(cause) {
      if (isCorruption(cause)) markDamaged(directory);
      const error = new RowStoreError('write-failed', 'the rows cannot be written', cause);
      onFatal(error);
      return error;
    },
  });
  const parts: Parts = {
    db,
    overlay,
    writer,
    applied,
    touched,
    marker: createCheckpointMarker(db, checkpoints),
  };
  return {
    checkpoints,
    ...reading(parts),
    ...changing(parts),
    ...copying(parts),
    verifyFiles: (pause) => verifyTables(directory, pause),
    markDamaged: () => {
      markDamaged(directory);
    },
    approximateBytes: () => db.approximateSize(Buffer.alloc(0), ABOVE_EVERYTHING),
    async [Symbol.asyncDispose]() {
      await writer.flushed().catch(() => undefined); // told through onFatal
      await db.close();
    },
  };
}

interface Parts {
  readonly db: Database;
  readonly overlay: PendingRows;
  readonly writer: RowWriter;
  readonly applied: AppliedStates;
  /** Partitions with rows in the batch being formed. */
  readonly touched: Set<PartitionId>;
  readonly marker: CheckpointMarker;
}

type Reading = Pick<RowStore, 'applied' | 'digestAt' | 'committed' | 'pending' | 'readAhead' | 'cursor' | 'flushed' | 'nodeRows'>;

function reading({ db, overlay, writer, applied }: Parts): Reading {
  return {
    applied: applied.get,
    digestAt: applied.digestAt,
    committed: overlay.committed,
    pending: overlay.pending,
    async readAhead(base, ranges) {
      await writer.flushed();
      return readAhead(db, base, ranges);
    },
    cursor: (range) => openCursor(db, range),
    flushed: () => writer.flushed(),
    async *nodeRows(range) {
      await writer.flushed();
      for await (const row of db.iterator(rangeOptions(range))) yield row;
    },
  };
}

type Changing = Pick<RowStore, 'stage' | 'takeStaged' | 'discardStaged' | 'apply' | 'putNodeRows' | 'checkpoint'>;

function changing({ db, overlay, writer, applied, touched, marker }: Parts): Changing {
  function write(changes: readonly RowChange[]): void {
    overlay.applied(changes, writer.nextBatch);
    writer.add(changes);
  }
  return {
    stage: overlay.stage,
    takeStaged: overlay.takeStaged,
    discardStaged: overlay.discardStaged,
    apply(partition, seq, entry) {
      if (seq <= applied.get(partition).seq) return;
      applied.advance(partition, seq, entry);
      touched.add(partition);
      write(entry.changes);
    },
    putNodeRows: write,
    checkpoint: (positionOf) =>
      marker.exclusively(async (set) => {
        const marks = new Map<PartitionId, CheckpointedPartition>();
        for (const [partition, state] of applied.partitions()) {
          const position = positionOf(partition, state.seq);
          const before = marker.marks.get(partition);
          // Its digest is not known yet: the partition stays where it was.
          if (!applied.isSettled(partition) && before !== undefined) marks.set(partition, before);
          else if (applied.isSettled(partition) && position !== undefined)
            marks.set(partition, { ...state, epoch: position.epoch, hash: position.hash });
        }
        await writer.flushed();
        // D3: `sync: true` does not reach batches in a log that was rotated away; a flush of the memtable does.
        await db.compactRange(UNUSED_KEY, UNUSED_KEY);
        await set(marks);
        return new Map([...marks].map(([p, m]) => [p, m.seq]));
      }),
  };
}

type Copying = Pick<RowStore, 'exportSnapshot' | 'clear' | 'install' | 'installed' | 'scrub'>;

function copying({ db, overlay, writer, applied, touched, marker }: Parts): Copying {
  /** An iterator over exactly the rows of `state`; `settled` unless the rows are ahead of it. */
  function snapshotOf(partition: PartitionId): Promise<{ state: AppliedState; iterator: RowIterator; settled: boolean }> {
    return writer.atBoundary(
      () => ({ state: applied.get(partition), settled: applied.isSettled(partition) }),
      (captured) => ({
        ...captured,
        iterator: db.iterator(rangeOptions(partitionRange(partition))),
      }),
    );
  }
  return {
    async exportSnapshot(partition) {
      const { state, iterator, settled } = await snapshotOf(partition);
      if (settled) return { state, rows: pages(iterator), [Symbol.asyncDispose]: () => iterator.close() };
      await iterator.close();
      throw new RowStoreError('not-settled', 'the log is not replayed yet');
    },
    clear: (partition) =>
      marker.exclusively(async (set) => {
        await writer.flushed();
        applied.delete(partition);
        touched.delete(partition);
        overlay.discardStaged(partition, -1);
        // The marker first: from here on, a start empties the partition itself.
        await set(new Map([...marker.marks].filter(([p]) => p !== partition)));
        await db.clear(rangeOptions(partitionRange(partition)));
        await db.del(writtenKey(partition));
      }),
    async install(rows) {
      await db.batch(rows.map(([key, value]) => ({ type: 'put', key, value })));
    },
    installed(partition, state) {
      applied.set(partition, state);
    },
    async scrub(partition, pause) {
      const { state, iterator, settled } = await snapshotOf(partition);
      if (settled) return { ...(await scrubRows(iterator, pause)), expectedDigest: state.digest };
      await iterator.close();
      return undefined;
    },
  };
}

function readRow(db: Database, key: Buffer): Buffer | undefined {
  try {
    return db.getSync(key);
  } catch (error) {
    throw new RowStoreError('damaged', 'LevelDB cannot read a row', error);
  }
}

/** How far each partition's rows are written goes with every batch. */
function takeWritten(touched: Set<PartitionId>, applied: AppliedStates): Operation[] {
  const operations: Operation[] = [];
  for (const partition of touched) {
    // Replayed rows are not ahead of what they were.
    if (!applied.isSettled(partition)) continue;
    const value = encodeWritten(applied.get(partition));
    operations.push({ type: 'put', key: writtenKey(partition), value });
  }
  touched.clear();
  return operations;
}
