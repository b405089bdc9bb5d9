import { IndexResult } from '@pilvi/contracts/index/v1/command';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import { RequestRecord } from '@pilvi/contracts/index/v1/record';
import { bucketId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { chunkNameRange } from './chunk-names.ts';
import { completeUpload } from './complete-upload.ts';
import { deleteObject } from './delete-object.ts';
import { expiredRequests, expireRequests, removeGarbage, updateHolders } from './housekeeping.ts';
import { abortIntent, openIntent, renewIntent } from './intents.ts';
import { putObject, putObjectTags } from './put-object.ts';
import { bucketRange, partsRange, requestKey, requestMinute, Table } from './row-keys.ts';
import type { KeyRange, RowChange, RowView } from './rows.ts';
import { objectsOfBucket, sealBucket, unsealBucket } from './seal-bucket.ts';
import { unframe } from './stored-value.ts';
import { beginTransaction, failure } from './transaction.ts';
import type { EvaluationContext, Transaction } from './transaction.ts';
import { abortUpload, createUpload, putPart } from './uploads.ts';

export interface Evaluation {
  readonly result: IndexResult;
  /** Final puts and deletes (W2); none when the answer is negative or nothing changes. */
  readonly changes: readonly RowChange[];
  readonly objectDelta: number;
}

/** Answers are kept this long (W3). */
const REQUESTS_KEPT_MINUTES = 11;

/** Whether a command changes rows, and so must be replicated. */
export function isMutation(command: IndexCommand): boolean {
  switch (command.op?.$case) {
    case 'getObject':
    case 'getUpload':
    case 'listParts':
    case 'listChunkNames':
    case undefined:
      return false;
    default:
      return true;
  }
}

/** The ranges that the command's evaluation scans; empty for most. While they are read ahead, nothing else of the partition may be evaluated. */
export function rangesToRead(partition: PartitionId, command: IndexCommand): KeyRange[] {
  const op = command.op;
  switch (op?.$case) {
    case 'completeUpload':
    case 'abortUpload':
    case 'listParts':
      return [partsRange(partition, bucketId(op.value.bucketId), op.value.key, op.value.uploadId)];
    case 'sealBucket': {
      const bucket = bucketId(op.value.bucketId);
      return [
        objectsOfBucket({ partition }, bucket),
        bucketRange(partition, Table.part, bucket),
        bucketRange(partition, Table.upload, bucket),
      ];
    }
    case 'expireRequests':
      return [expiredRequests(partition, op.value)];
    case 'listChunkNames': {
      const range = chunkNameRange(partition, op.value);
      return range === undefined ? [] : [range];
    }
    default:
      return [];
  }
}

/** Decides a mutation against the state with the pending changes over it (W1). Pure. Throws ObjectIndexError when a row it reads is damaged. */
export function evaluate(context: EvaluationContext, command: IndexCommand): Evaluation {
  const tx = beginTransaction(context);
  const result = dispatch(tx, command);
  if (result.outcome?.$case === 'failure') return { result, changes: [], objectDelta: 0 };
  return { result, ...tx.finish() };
}

function dispatch(tx: Transaction, command: IndexCommand): IndexResult {
  const op = command.op;
  switch (op?.$case) {
    case 'openIntent':
      return openIntent(tx, op.value);
    case 'renewIntent':
      return renewIntent(tx, op.value);
    case 'abortIntent':
      return abortIntent(tx, op.value);
    case 'putObject':
      return putObject(tx, op.value);
    case 'deleteObject':
      return deleteObject(tx, op.value);
    case 'putObjectTags':
      return putObjectTags(tx, op.value);
    case 'createUpload':
      return createUpload(tx, op.value);
    case 'putPart':
      return putPart(tx, op.value);
    case 'completeUpload':
      return completeUpload(tx, op.value);
    case 'abortUpload':
      return abortUpload(tx, op.value);
    case 'sealBucket':
      return sealBucket(tx, op.value);
    case 'unsealBucket':
      return unsealBucket(tx, op.value);
    case 'removeGarbage':
      return removeGarbage(tx, op.value);
    case 'updateHolders':
      return updateHolders(tx, op.value);
    case 'expireRequests':
      return expireRequests(tx, op.value);
    case 'getObject':
    case 'getUpload':
    case 'listParts':
    case 'listChunkNames':
    case undefined:
      return failure(IndexFailureCode.INVALID_ARGUMENT, 'not a mutation');
  }
}

/** W3: the row that records a request's answer, to be added to the evaluation's changes. */
export function requestRow(
  partition: PartitionId,
  nowMs: number,
  requestId: Buffer,
  result: IndexResult,
): { key: Buffer; message: Uint8Array } {
  const record: RequestRecord = { recordedMs: BigInt(nowMs), result: Buffer.from(IndexResult.encode(result).finish()) };
  return { key: requestKey(partition, requestMinute(nowMs), requestId), message: RequestRecord.encode(record).finish() };
}

/**
 * The recorded answer to an earlier attempt, or undefined (W3). A first attempt may be overtaken by a second too, so it looks as well, but only as far back
 * as gateways retry (`withinMinutes`): each minute is one read.
 */
export function recordedAnswer(
  view: Pick<RowView, 'get'>,
  partition: PartitionId,
  requestId: Buffer,
  nowMs: number,
  withinMinutes = REQUESTS_KEPT_MINUTES,
): IndexResult | undefined {
  const minute = requestMinute(nowMs);
  // Another primary's clock may be ahead by a minute.
  for (let back = -1; back <= withinMinutes; back++) {
    const value = view.get(requestKey(partition, minute - back, requestId));
    if (value !== undefined) return IndexResult.decode(RequestRecord.decode(unframe(value)).result);
  }
  return undefined;
}
