import type { PartitionId } from '@pilvi/cluster-map';
import { EMPTY_DIGEST } from '@pilvi/object-index';
import type { DecodedEntry, KeyRange, RowChange, RowCursor, RowView } from '@pilvi/object-index';
import type { CheckpointedPartition } from './checkpoint-form.ts';
import type { Row } from './open-database.ts';
import type { ScrubReport } from './scrub.ts';

/** Where a partition's rows stand. */
export interface AppliedState {
  readonly seq: number;
  /** D4; not known while a start replays what was written before it, see `digestAt`. */
  readonly digest: bigint;
  readonly objects: number;
}

export const NOTHING_APPLIED: AppliedState = { seq: 0, digest: EMPTY_DIGEST, objects: 0 };

/** A partition's rows at one applied state. Dispose of it when it is not read to its end. */
export interface RowSnapshot extends AsyncDisposable {
  readonly state: AppliedState;
  /** In pages of bounded size; once. */
  readonly rows: AsyncIterable<readonly Row[]>;
}

/**
 * The rows of all partitions of a node. What is committed is written unsynced, one batch in flight; until it is written, and before it is committed, an
 * overlay answers reads. Durability is the log's; this store is durable at its checkpoints (D3).
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
  /** The digest (D4) at one of the last applied seqs; undefined when it is not known, or no longer. */
  digestAt(partition: PartitionId, seq: number): bigint | undefined;
  /** Everything applied so far is in LevelDB (not: on disk). */
  flushed(): Promise<void>;
  /** Makes what is applied durable (D3) and records where each partition stands, by the positions that the log knows. Gives the seq of each. */
  checkpoint(
    positionOf: (partition: PartitionId, seq: number) => { epoch: number; hash: number } | undefined,
  ): Promise<ReadonlyMap<PartitionId, number>>;
  /** Rows in key order, of what is in LevelDB now. */
  cursor(range: KeyRange): RowCursor;
  exportSnapshot(partition: PartitionId): Promise<RowSnapshot>;
  /** Empties a partition durably: it has no checkpoint any more. */
  clear(partition: PartitionId): Promise<void>;
  /** Rows of a snapshot, into a cleared partition. */
  install(rows: readonly Row[]): Promise<void>;
  /** The snapshot is complete: from here the partition stands at `state`. Durable after the next checkpoint (M2). */
  installed(partition: PartitionId, state: AppliedState): void;
  /**
   * Reads all of a partition again (D4), with a pause after every page. `undefined` while the rows are ahead of the applied state, as they may be until a
   * start has replayed its log.
   */
  scrub(partition: PartitionId, pause: () => Promise<void>): Promise<(ScrubReport & { readonly expectedDigest: bigint }) | undefined>;
  /** Names of the files of which a block does not pass LevelDB's own checksum, which LevelDB does not look at: rows may be missing. `pause` as above. */
  verifyFiles(pause: () => Promise<void>): Promise<readonly string[]>;
  /** Rows outside all partitions (the chunk inventory); keys begin with `USER_PREFIX`. */
  putNodeRows(changes: readonly RowChange[]): void;
  nodeRows(range: KeyRange): AsyncIterable<Row>;
  /** The files are damaged beyond single rows: the next start refuses them. Synchronous. */
  markDamaged(): void;
  approximateBytes(): Promise<number>;
}
