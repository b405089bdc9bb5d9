import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import { bucketId } from '@pilvi/cluster-map';
import type { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult } from '@pilvi/contracts/index/v1/command';
import { GarbageRecord, ObjectRecord, SealRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import type { Extent, Layout } from '@pilvi/contracts/index/v1/record';
import { garbageKey, objectKey, sealedKey, uploadKey } from './row-keys.ts';
import type { KeyRange, RowChange, RowView } from './rows.ts';
import { frame, unframe } from './stored-value.ts';

/** Who should hold the partition now, and the least that an object's chunks must have (K1, I3). */
export interface Placement {
  readonly replicas: readonly { readonly incarnation: string; readonly zone: string }[];
  readonly minCopies: number;
  readonly minZones: number;
}

export interface EvaluationContext {
  /** The committed state with the pending changes over it (W1). */
  readonly view: RowView;
  readonly partition: PartitionId;
  /** The primary's clock, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly placement: Placement;
}

/** Gathers the changes of one command over a view, and what they do to the count of objects. */
export interface Transaction extends EvaluationContext {
  get(key: Buffer): Buffer | undefined;
  scan(range: KeyRange): Iterable<readonly [Buffer, Buffer]>;
  put(key: Buffer, message: Uint8Array): void;
  remove(key: Buffer): void;
  /** Chunks that this command takes the last name from (K3). */
  discard(layout: Layout | undefined): void;
  discardIntent(intentId: Buffer): void;
  countObjects(delta: number): void;
  finish(): TransactionOutcome;
}

export interface TransactionOutcome {
  readonly changes: readonly RowChange[];
  readonly objectDelta: number;
}

export function beginTransaction(context: EvaluationContext): Transaction {
  const changes: RowChange[] = [];
  let objectDelta = 0;
  let discarded = 0;

  const change = (key: Buffer, value: Buffer | undefined): void => {
    changes.push({ key, value });
  };
  const garbage = (record: GarbageRecord, unique: Buffer): void => {
    // One command discards at most a few layouts; the counter tells apart those of one owner.
    const tail = Buffer.concat([unique, Buffer.from([discarded++ & 0xff])]);
    const key = garbageKey(context.partition, context.nowMs, tail);
    change(key, frame(GarbageRecord.encode(record).finish()));
  };

  return {
    ...context,
    get: (key) => context.view.get(key),
    scan: (range) => context.view.scan(range),
    put(key, message) {
      change(key, frame(message));
    },
    remove(key) {
      if (context.view.get(key) !== undefined) change(key, undefined);
    },
    discard(layout) {
      const extents: Extent[] = layout?.kind?.$case === 'chunked' ? layout.kind.value.extents : [];
      const [first] = extents;
      if (first !== undefined) garbage({ sinceMs: BigInt(context.nowMs), extents, intentId: Buffer.alloc(0) }, first.intentId);
    },
    discardIntent(intentId) {
      garbage({ sinceMs: BigInt(context.nowMs), extents: [], intentId }, intentId);
    },
    countObjects(delta) {
      objectDelta += delta;
    },
    finish: () => ({ changes, objectDelta }),
  };
}

export function failure(code: IndexFailureCode, detail = '', more: { partNumber?: number; etag?: string } = {}): IndexResult {
  return { outcome: { $case: 'failure', value: { code, detail, partNumber: more.partNumber ?? 0, etag: more.etag ?? '' } } };
}

export const done: IndexResult = { outcome: { $case: 'done', value: {} } };

export function readObject(tx: Pick<Transaction, 'get' | 'partition'>, bucket: BucketId, key: string): ObjectRecord | undefined {
  const value = tx.get(objectKey(tx.partition, bucket, key));
  return value === undefined ? undefined : ObjectRecord.decode(unframe(value));
}

export function readUpload(
  tx: Pick<Transaction, 'get' | 'partition'>,
  bucket: BucketId,
  key: string,
  uploadId: string,
): UploadRecord | undefined {
  const value = tx.get(uploadKey(tx.partition, bucket, key, uploadId));
  return value === undefined ? undefined : UploadRecord.decode(unframe(value));
}

/** X2: the bucket is being deleted here. */
export function isSealed(tx: Pick<Transaction, 'get' | 'partition'>, bucket: string): boolean {
  return readSeal(tx, bucket)?.unsealed === false;
}

export function readSeal(tx: Pick<Transaction, 'get' | 'partition'>, bucket: string): SealRecord | undefined {
  const value = tx.get(sealedKey(tx.partition, bucketId(bucket)));
  return value === undefined ? undefined : SealRecord.decode(unframe(value));
}
