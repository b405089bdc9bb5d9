import { bucketId } from '@pilvi/cluster-map';
import type { BucketId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult, PutObject, PutObjectTags } from '@pilvi/contracts/index/v1/command';
import { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { checkHolders, closeIntent, extentsOf, noteRepair } from './extents.ts';
import { inlineKey, objectKey } from './row-keys.ts';
import { failure, isSealed, readObject } from './transaction.ts';
import type { Transaction } from './transaction.ts';
import { checkCondition } from './write-condition.ts';

/** Commits an object whose bytes are inline or durable in chunks: the only linearization point of a PUT (K1). */
export function putObject(tx: Transaction, command: PutObject): IndexResult {
  const bucket = bucketId(command.bucketId);
  const { record } = command;
  if (record?.layout === undefined) return failure(IndexFailureCode.INVALID_ARGUMENT, 'a record without a layout');
  if (isSealed(tx, bucket)) return failure(IndexFailureCode.BUCKET_SEALED);
  const present = readObject(tx, bucket, command.key);
  const refused =
    checkCondition(command.condition, present) ?? closeIntent(tx, command.intentId) ?? checkHolders(tx.placement, record.layout);
  if (refused !== undefined) return refused;
  const data = record.layout.kind?.$case === 'inline' ? command.inlineData : undefined;
  return { outcome: { $case: 'object', value: storeObject(tx, bucket, command.key, record, data, present) } };
}

/** Replaces the present object: record, inline bytes, garbage of what it had (K3), repair intent (K1). Gives the record without where its bytes are. */
export function storeObject(
  tx: Transaction,
  bucket: BucketId,
  key: string,
  record: ObjectRecord,
  inlineData: Buffer | undefined,
  present: ObjectRecord | undefined,
): ObjectRecord {
  const presentMs = Number(present?.modifiedMs ?? 0n);
  const stored: ObjectRecord = { ...record, modifiedMs: BigInt(Math.max(tx.nowMs, presentMs)) };
  const row = objectKey(tx.partition, bucket, key);
  const message = ObjectRecord.encode(stored).finish();
  if (present === undefined) {
    tx.put(row, message);
    tx.countObjects(1);
  } else tx.put(row, message);
  storeInline(tx, inlineKey(tx.partition, bucket, key), inlineData, present);
  if (present !== undefined) tx.discard(present.layout);
  if (extentsOf(stored.layout).length > 0 || extentsOf(present?.layout).length > 0) noteRepair(tx, row, stored.layout);
  return answered(stored);
}

/** An answer is recorded beside the object (W3) and need not repeat what may be long and nobody asks for. */
export function answered(record: ObjectRecord): ObjectRecord {
  return { ...record, layout: undefined, parts: [] };
}

function storeInline(tx: Transaction, key: Buffer, data: Buffer | undefined, present: ObjectRecord | undefined): void {
  const had = present?.layout?.kind?.$case === 'inline' && present.sizeBytes > 0n;
  if (data !== undefined && data.length > 0) {
    if (had) tx.put(key, data);
    else tx.put(key, data);
  } else if (had) tx.remove(key);
}

/** Replaces an object's tags. */
export function putObjectTags(tx: Transaction, command: PutObjectTags): IndexResult {
  const bucket = bucketId(command.bucketId);
  const present = readObject(tx, bucket, command.key);
  if (present === undefined) return failure(IndexFailureCode.NO_SUCH_KEY);
  const stored = { ...present, tags: command.tags };
  tx.put(objectKey(tx.partition, bucket, command.key), ObjectRecord.encode(stored).finish());
  return { outcome: { $case: 'object', value: answered(stored) } };
}
