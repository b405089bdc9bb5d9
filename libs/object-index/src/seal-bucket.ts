import { bucketId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult, SealBucket, UnsealBucket } from '@pilvi/contracts/index/v1/command';
import { PartRecord } from '@pilvi/contracts/index/v1/record';
import { bucketRange, sealedKey, Table } from './row-keys.ts';
import type { KeyRange } from './rows.ts';
import { unframe } from './stored-value.ts';
import { done, failure } from './transaction.ts';
import type { Transaction } from './transaction.ts';
import { removePart } from './uploads.ts';

const NOTHING_USED: ReadonlySet<number> = new Set();

export function objectsOfBucket(tx: Pick<Transaction, 'partition'>, bucket: string): KeyRange {
  return { ...bucketRange(tx.partition, Table.object, bucketId(bucket)), limit: 1 };
}

/** X2: refused when the partition holds an object of the bucket; unfinished uploads go with the bucket, as in S3. Afterwards puts are refused. */
export function sealBucket(tx: Transaction, command: SealBucket): IndexResult {
  for (const _ of tx.scan(objectsOfBucket(tx, command.bucketId))) return failure(IndexFailureCode.BUCKET_NOT_EMPTY);
  const bucket = bucketId(command.bucketId);
  for (const [row, value] of tx.scan(bucketRange(tx.partition, Table.part, bucket)))
    removePart(tx, row, PartRecord.decode(unframe(value)), NOTHING_USED);
  for (const [row] of tx.scan(bucketRange(tx.partition, Table.upload, bucket))) tx.remove(row);
  tx.put(sealedKey(tx.partition, bucket), new Uint8Array());
  return done;
}

export function unsealBucket(tx: Transaction, command: UnsealBucket): IndexResult {
  tx.remove(sealedKey(tx.partition, bucketId(command.bucketId)));
  return done;
}
