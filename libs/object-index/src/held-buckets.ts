import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import { SealRecord } from '@pilvi/contracts/index/v1/record';
import { bucketOf, rowsAfterBucket, Table, tableRange } from './row-keys.ts';
import type { KeyRange, RowChange, RowCursor } from './rows.ts';
import { unframe } from './stored-value.ts';

/** What one partition has of a bucket. */
export interface HeldBucket {
  readonly hasObjects: boolean;
  /** It refuses the bucket's puts (X2). */
  readonly isSealed: boolean;
  /** Highest number of an attempt to delete it. */
  readonly deletionAttempt: bigint;
}

/** Object and upload rows tell of a bucket that lives; seals of one that was deleted, or may have been. */
const TABLES_WITH_DATA = [Table.object, Table.upload] as const;
const PAGE = 256;

/**
 * The buckets of which a partition holds anything: in its rows, and in log entries that are not applied yet. One row of each bucket is read, and every seal.
 * Deletes in the log are not weighed: that a bucket has objects may be said of one that is just empty.
 */
export async function heldBuckets(
  partition: PartitionId,
  cursorOf: (range: KeyRange) => RowCursor,
  unapplied: Iterable<readonly RowChange[]>,
): Promise<ReadonlyMap<BucketId, HeldBucket>> {
  const found = new Map<BucketId, HeldBucket>();
  const note = (bucket: BucketId, news: Partial<HeldBucket>): void => {
    found.set(bucket, { hasObjects: false, isSealed: false, deletionAttempt: 0n, ...found.get(bucket), ...news });
  };
  const noteRow = (key: Buffer, value: Buffer): void => {
    if (key[2] !== Table.sealed) {
      note(bucketOf(key), { hasObjects: true });
      return;
    }
    const { attempt, unsealed } = SealRecord.decode(unframe(value));
    note(bucketOf(key), { isSealed: !unsealed, deletionAttempt: attempt });
  };
  for (const table of TABLES_WITH_DATA) {
    await using cursor = cursorOf(tableRange(partition, table));
    for (let [row] = await cursor.next(1); row !== undefined; [row] = await cursor.next(1)) {
      noteRow(...row);
      cursor.seek(rowsAfterBucket(row[0]));
    }
  }
  await using seals = cursorOf(tableRange(partition, Table.sealed));
  for (let page = await seals.next(PAGE); page.length > 0; page = await seals.next(PAGE)) for (const row of page) noteRow(...row);
  const tables: readonly number[] = [...TABLES_WITH_DATA, Table.sealed];
  for (const changes of unapplied)
    for (const { key, value } of changes) if (value !== undefined && tables.includes(key[2] ?? 0)) noteRow(key, value);
  return found;
}
