import { bucketId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { AbortUpload, CreateUpload, IndexResult, PutPart } from '@pilvi/contracts/index/v1/command';
import { PartRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import type { BucketId } from '@pilvi/cluster-map';
import { checkHolders, closeIntent, extentsOf, noteRepair } from './extents.ts';
import { partKey, partsRange, repairKey, uploadKey } from './row-keys.ts';
import { unframe } from './stored-value.ts';
import { done, failure, isSealed, readUpload } from './transaction.ts';
import type { Transaction } from './transaction.ts';

export function createUpload(tx: Transaction, command: CreateUpload): IndexResult {
  const bucket = bucketId(command.bucketId);
  const { upload } = command;
  if (upload === undefined) return failure(IndexFailureCode.INVALID_ARGUMENT, 'no upload');
  if (isSealed(tx, bucket)) return failure(IndexFailureCode.BUCKET_SEALED);
  const stored: UploadRecord = { ...upload, key: command.key, initiatedMs: BigInt(tx.nowMs) };
  tx.put(uploadKey(tx.partition, bucket, command.key, upload.uploadId), UploadRecord.encode(stored).finish());
  return { outcome: { $case: 'upload', value: stored } };
}

/** Commits a part; one of the same number is replaced, and its chunks become garbage. */
export function putPart(tx: Transaction, command: PutPart): IndexResult {
  const bucket = bucketId(command.bucketId);
  const { part } = command;
  if (part === undefined) return failure(IndexFailureCode.INVALID_ARGUMENT, 'no part');
  if (readUpload(tx, bucket, command.key, command.uploadId) === undefined) return failure(IndexFailureCode.NO_SUCH_UPLOAD);
  const refused = closeIntent(tx, command.intentId) ?? checkHolders(tx.placement, part.layout);
  if (refused !== undefined) return refused;
  const row = partKey(tx.partition, bucket, command.key, command.uploadId, part.number);
  const present = tx.get(row);
  const stored: PartRecord = { ...part, modifiedMs: BigInt(tx.nowMs) };
  tx.put(row, PartRecord.encode(stored).finish());
  if (present !== undefined) tx.discard(PartRecord.decode(unframe(present)).layout);
  noteRepair(tx, row, stored.layout);
  return { outcome: { $case: 'part', value: stored } };
}

export function abortUpload(tx: Transaction, command: AbortUpload): IndexResult {
  const bucket = bucketId(command.bucketId);
  if (readUpload(tx, bucket, command.key, command.uploadId) === undefined) return failure(IndexFailureCode.NO_SUCH_UPLOAD);
  removeUpload(tx, bucket, command.key, command.uploadId, new Set());
  return done;
}

/** Removes an upload and its parts; the bytes of parts not in `used` become garbage. */
export function removeUpload(tx: Transaction, bucket: BucketId, key: string, uploadId: string, used: ReadonlySet<number>): void {
  for (const [row, value] of tx.scan(partsRange(tx.partition, bucket, key, uploadId)))
    removePart(tx, row, PartRecord.decode(unframe(value)), used);
  tx.remove(uploadKey(tx.partition, bucket, key, uploadId));
}

export function removePart(tx: Transaction, row: Buffer, part: PartRecord, used: ReadonlySet<number>): void {
  tx.remove(row);
  if (extentsOf(part.layout).length > 0) tx.remove(repairKey(tx.partition, row));
  if (!used.has(part.number)) tx.discard(part.layout);
}
