import { bucketId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult, SealBucket, UnsealBucket } from '@pilvi/contracts/index/v1/command';
import { PartRecord, SealRecord } from '@pilvi/contracts/index/v1/record';
import { bucketRange, sealedKey, Table } from './row-keys.ts';
import type { KeyRange } from './rows.ts';
import { unframe } from './stored-value.ts';
import { done, failure, readSeal } from './transaction.ts';
import type { Transaction } from './transaction.ts';
import { removePart } from './uploads.ts';

const NOTHING_USED: ReadonlySet<number> = new Set();

export function objectsOfBucket(tx: Pick<Transaction, 'partition'>, bucket: string): KeyRange {
  return { ...bucketRange(tx.partition, Table.object, bucketId(bucket)), limit: 1 };
}

/**
 * X2: refused when the partition holds an object of the bucket; unfinished uploads go with the bucket, as in S3. Afterwards puts are refused. A gateway that
 * stood still while another took the deletion over changes nothing: attempts are numbered.
 */
export function sealBucket(tx: Transaction, command: SealBucket): IndexResult {
  if (isOvertaken(tx, command)) return failure(IndexFailureCode.SEAL_OVERTAKEN);
  for (const _ of tx.scan(objectsOfBucket(tx, command.bucketId))) return failure(IndexFailureCode.BUCKET_NOT_EMPTY);
  const bucket = bucketId(command.bucketId);
  for (const [row, value] of tx.scan(bucketRange(tx.partition, Table.part, bucket)))
    removePart(tx, row, PartRecord.decode(unframe(value)), NOTHING_USED);
  for (const [row] of tx.scan(bucketRange(tx.partition, Table.upload, bucket))) tx.remove(row);
  note(tx, command, { unsealed: false });
  return done;
}

/** X2: the bucket takes objects again. */
export function unsealBucket(tx: Transaction, command: UnsealBucket): IndexResult {
  if (isOvertaken(tx, command)) return failure(IndexFailureCode.SEAL_OVERTAKEN);
  note(tx, command, { unsealed: true });
  return done;
}

function isOvertaken(tx: Transaction, { bucketId: bucket, attempt }: SealBucket | UnsealBucket): boolean {
  return (readSeal(tx, bucket)?.attempt ?? 0n) > attempt;
}

function note(tx: Transaction, { bucketId: bucket, attempt }: SealBucket | UnsealBucket, { unsealed }: { unsealed: boolean }): void {
  tx.put(sealedKey(tx.partition, bucketId(bucket)), SealRecord.encode({ attempt, unsealed }).finish());
}
