import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { AbortIntent, IndexResult, OpenIntent, RenewIntent } from '@pilvi/contracts/index/v1/command';
import { IntentRecord } from '@pilvi/contracts/index/v1/record';
import { intentKey } from './row-keys.ts';
import { unframe } from './stored-value.ts';
import { done, failure, isSealed } from './transaction.ts';
import type { Transaction } from './transaction.ts';

/** K2: an upload leaves an intent before its first chunk is stored. */
export function openIntent(tx: Transaction, command: OpenIntent): IndexResult {
  if (isSealed(tx, command.bucketId)) return failure(IndexFailureCode.BUCKET_SEALED);
  const record: IntentRecord = { intentId: command.intentId, key: command.key, renewedMs: BigInt(tx.nowMs), aborted: false };
  tx.put(intentKey(tx.partition, command.intentId), IntentRecord.encode(record).finish());
  return done;
}

export function renewIntent(tx: Transaction, command: RenewIntent): IndexResult {
  const present = readIntent(tx, command.intentId);
  if (present === undefined) return failure(IndexFailureCode.INTENT_CLOSED);
  tx.put(intentKey(tx.partition, command.intentId), IntentRecord.encode({ ...present, renewedMs: BigInt(tx.nowMs) }).finish());
  return done;
}

/** K2: fences the upload. Its row is gone, so no commit can name its chunks any more; they are garbage. */
export function abortIntent(tx: Transaction, command: AbortIntent): IndexResult {
  const present = readIntent(tx, command.intentId);
  if (present === undefined) return done;
  if (command.notRenewedSinceMs > 0n && present.renewedMs > command.notRenewedSinceMs) return done;
  tx.remove(intentKey(tx.partition, command.intentId));
  tx.discardIntent(command.intentId);
  return done;
}

function readIntent(tx: Transaction, intentId: Buffer): IntentRecord | undefined {
  const value = tx.get(intentKey(tx.partition, intentId));
  return value === undefined ? undefined : IntentRecord.decode(unframe(value));
}
