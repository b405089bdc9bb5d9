import { ClassicLevel } from 'classic-level';
import type { PartitionId } from '@pilvi/cluster-map';
import { partitionRange } from '@pilvi/object-index';
import type { DecodedEntry, KeyRange, RowCursor, RowView } from '@pilvi/object-index';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-form.ts';
import type { CheckpointedPartition } from './checkpoint-form.ts';
import { CHECKPOINT_KEY, INSTALL_TABLE_END, UNUSED_KEY } from './node-keys.ts';
import { createPendingRows } from './pending-rows.ts';

type Database = ClassicLevel<Buffer, Buffer>;
type Row = readonly [key: Buffer, value: Buffer];
interface Write {
  readonly type: 'put' | 'del';
  readonly key: Buffer;
  readonly value?: Buffer;
}

const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;
const MAX_OPEN_FILES = 500;
const SNAPSHOT_ROWS = 256;

/** Where a partition's rows stand. */
export interface AppliedState {
  readonly seq: number;
  /** D4. */
  readonly digest: bigint;
  readonly objects: number;
}

export const NOTHING_APPLIED: AppliedState = { seq: 0, digest: 0n, objects: 0 };

/**
 * The rows of all partitions in one LevelDB. What is committed goes there unsynced, one batch in flight; until it is written, and before it is
 * committed, an overlay answers reads. Durability is the log's; this store is durable at its checkpoints (D3).
 */
export interface RowStore extends AsyncDisposable {
  /** What was checkpointed, read at the start. */
  readonly checkpoints: ReadonlyMap<PartitionId, CheckpointedPartition>;
  applied(partition: PartitionId): AppliedState;
  /** Committed rows. */
  readonly committed: RowView;
  /** Committed rows with the pending changes over them (W1). */
  readonly pending: RowView;
  /** As `committed` or `pending`, whose `scan` answers these ranges. Nothing of their partition may change meanwhile if it is to be `pending`. */
  readAhead(base: RowView, ranges: readonly KeyRange[]): Promise<RowView>;
  /** Changes proposed at `seq`, not yet committed. */
  stage(partition: PartitionId, seq: number, entry: DecodedEntry): void;
  /** The staged entry at `seq`, to be applied by its commit. */
  takeStaged(partition: PartitionId, seq: number): DecodedEntry | undefined;
  discardStaged(partition: PartitionId, afterSeq: number): void;
  /** Applies a committed entry; entries at or below the applied seq are ignored (W2). */
  apply(partition: PartitionId, seq: number, entry: DecodedEntry): void;
  /** Everything applied so far is in LevelDB (not: on disk). */
  flushed(): Promise<void>;
  /** Makes what is applied durable (D3) and records where each partition stands. */
  checkpoint(
    positionOf: (partition: PartitionId, seq: number) => { epoch: number; hash: number } | undefined,
  ): Promise<ReadonlyMap<PartitionId, number>>;
  /** Rows in key order, of what is in LevelDB now. */
  cursor(range: KeyRange): RowCursor;
  /** The partition's rows at one applied state. */
  exportSnapshot(partition: PartitionId): Promise<{ state: AppliedState; rows: AsyncIterable<readonly Row[]> }>;
  /** Empties a partition durably: it has no checkpoint any more. */
  clear(partition: PartitionId): Promise<void>;
  /** Rows of a snapshot, into a cleared partition. */
  install(rows: readonly Row[]): Promise<void>;
  /** The snapshot is complete: from here the partition stands at `state`. Durable after the next checkpoint. */
  installed(partition: PartitionId, state: AppliedState): void;
  /** Rows outside all partitions (the chunk inventory). */
  putNodeRows(changes: readonly { key: Buffer; value: Buffer | undefined }[]): void;
  nodeRows(range: KeyRange): AsyncIterable<Row>;
  approximateBytes(): Promise<number>;
}

export async function openRowStore(options: { directory: string; onFatal: (error: unknown) => void }): Promise<RowStore> {
  const db: Database = new ClassicLevel(options.directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    maxOpenFiles: MAX_OPEN_FILES,
    compression: true,
  });
  await db.open();
  const stored = await db.get(CHECKPOINT_KEY);
  const checkpoints = stored === undefined ? new Map<PartitionId, CheckpointedPartition>() : decodeCheckpoint(stored);
  const applied = new Map<PartitionId, AppliedState>(
    [...checkpoints].map(([p, c]) => [p, { seq: c.seq, digest: c.digest, objects: c.objects }]),
  );
  await clearUncheckpointed(db, checkpoints);
  const overlay = createPendingRows((key) => db.getSync(key));
  const writer = createWriter(db, overlay.written, options.onFatal);

  function write(changes: readonly { key: Buffer; value: Buffer | undefined }[]): void {
    overlay.applied(changes, writer.nextBatch);
    writer.add(changes);
  }

  const store: RowStore = {
    checkpoints,
    applied: (partition) => applied.get(partition) ?? NOTHING_APPLIED,
    committed: overlay.committed,
    pending: overlay.pending,
    async readAhead(base, ranges) {
      await writer.flushed();
      const read = await Promise.all(ranges.map(async (range) => ({ range, rows: await db.iterator(limited(range)).all() })));
      return {
        get: (key) => base.get(key),
        scan: (range) => read.find((r) => r.range.gte.equals(range.gte) && r.range.lt.equals(range.lt))?.rows ?? [],
      };
    },
    stage: overlay.stage,
    takeStaged: overlay.takeStaged,
    discardStaged: overlay.discardStaged,
    apply(partition, seq, entry) {
      const at = applied.get(partition) ?? NOTHING_APPLIED;
      if (seq <= at.seq) return;
      applied.set(partition, { seq, digest: at.digest ^ entry.digestDelta, objects: at.objects + entry.objectDelta });
      write(entry.changes);
    },
    flushed: () => writer.flushed(),
    async checkpoint(positionOf) {
      const marks = new Map<PartitionId, CheckpointedPartition>();
      for (const [partition, state] of applied) {
        const position = positionOf(partition, state.seq);
        if (position !== undefined) marks.set(partition, { ...state, ...position });
      }
      await writer.flushed();
      // D3: `sync: true` does not reach batches in a log that was rotated away; a flush of the memtable does.
      await db.compactRange(UNUSED_KEY, UNUSED_KEY);
      await db.put(CHECKPOINT_KEY, encodeCheckpoint(marks), { sync: true });
      return new Map([...marks].map(([p, m]) => [p, m.seq]));
    },
    cursor: (range) => openCursor(db, range),
    async exportSnapshot(partition) {
      do await writer.flushed();
      while (!writer.idle);
      const state = applied.get(partition) ?? NOTHING_APPLIED;
      return { state, rows: pages(db.iterator(limited(partitionRange(partition)))) };
    },
    async clear(partition) {
      await writer.flushed();
      applied.delete(partition);
      overlay.discardStaged(partition, -1);
      const kept = new Map([...checkpoints].filter(([p]) => p !== partition));
      const stored2 = await db.get(CHECKPOINT_KEY);
      const marks = stored2 === undefined ? kept : decodeCheckpoint(stored2);
      marks.delete(partition);
      await db.put(CHECKPOINT_KEY, encodeCheckpoint(marks), { sync: true });
      await db.clear(partitionRange(partition));
    },
    async install(rows) {
      await db.batch(rows.map(([key, value]) => ({ type: 'put', key, value })));
    },
    installed(partition, state) {
      applied.set(partition, state);
    },
    putNodeRows: write,
    async *nodeRows(range) {
      await writer.flushed();
      for await (const row of db.iterator(limited(range))) yield row;
    },
    approximateBytes: () => db.approximateSize(Buffer.alloc(0), INSTALL_TABLE_END),
    async [Symbol.asyncDispose]() {
      await writer.flushed();
      await db.close();
    },
  };
  return store;
}

/** A partition without a checkpoint is replayed from nothing, or filled: rows that a broken-off install left there must go. */
async function clearUncheckpointed(db: Database, checkpoints: ReadonlyMap<PartitionId, CheckpointedPartition>): Promise<void> {
  let from = 0;
  for (;;) {
    const gte = Buffer.allocUnsafe(2);
    gte.writeUInt16BE(from);
    const [first] = await db.keys({ gte, lt: UNUSED_KEY.subarray(0, 2), limit: 1 }).all();
    if (first === undefined) return;
    const partition = first.readUInt16BE(0) as PartitionId;
    if (!checkpoints.has(partition)) await db.clear(partitionRange(partition));
    from = partition + 1;
  }
}

/** One batch in flight; what comes meanwhile forms the next (measured: six times the writes of one by one). */
function createWriter(db: Database, onWritten: (batch: number) => void, onFatal: (error: unknown) => void) {
  let queue: Write[] = [];
  let batch = 1;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    await Promise.resolve();
    while (queue.length > 0) {
      const writes = queue;
      const number = batch++;
      queue = [];
      await db.batch(writes as never);
      onWritten(number);
    }
    running = undefined;
  }

  return {
    /** The batch that what is added now will be written with. */
    get nextBatch() {
      return batch;
    },
    get idle() {
      return running === undefined && queue.length === 0;
    },
    add(changes: readonly { key: Buffer; value: Buffer | undefined }[]) {
      for (const { key, value } of changes) queue.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
      // D5: the first write error ends the process.
      running ??= run().catch(onFatal);
    },
    async flushed() {
      while (running !== undefined) await running;
    },
  };
}

function openCursor(db: Database, range: KeyRange): RowCursor {
  const iterator = db.iterator(limited(range));
  return {
    next: (count) => iterator.nextv(count),
    seek(key) {
      iterator.seek(key);
    },
    [Symbol.asyncDispose]: () => iterator.close(),
  };
}

async function* pages(iterator: { nextv(count: number): Promise<[Buffer, Buffer][]>; close(): Promise<void> }): AsyncIterable<readonly Row[]> {
  try {
    for (;;) {
      const page = await iterator.nextv(SNAPSHOT_ROWS);
      if (page.length === 0) return;
      yield page;
    }
  } finally {
    await iterator.close();
  }
}

function limited(range: KeyRange): { gte: Buffer; lt: Buffer; limit?: number } {
  return range.limit === undefined ? { gte: range.gte, lt: range.lt } : { gte: range.gte, lt: range.lt, limit: range.limit };
}
