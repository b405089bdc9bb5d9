import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexResult, WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { failure } from './transaction.ts';

/** Why the present object does not allow the write, or undefined (S3 conditional writes and deletes). */
export function checkCondition(condition: WriteCondition | undefined, present: ObjectRecord | undefined): IndexResult | undefined {
  if (condition === undefined) return undefined;
  const refused = (detail: string): IndexResult => failure(IndexFailureCode.PRECONDITION_FAILED, detail, { etag: present?.etag ?? '' });
  if (condition.ifMatch.length > 0) {
    // S3 answers 404 when a PUT has If-Match and the key is not there.
    if (present === undefined) return failure(IndexFailureCode.NO_SUCH_KEY, 'If-Match on a key that is not there');
    if (!condition.ifMatch.includes('*') && !condition.ifMatch.includes(present.etag)) return refused('If-Match');
  }
  if (condition.ifNoneMatch.length > 0 && present !== undefined) {
    if (condition.ifNoneMatch.includes('*') || condition.ifNoneMatch.includes(present.etag)) return refused('If-None-Match');
  }
  if (condition.ifMatchSize >= 0n && present !== undefined && present.sizeBytes !== condition.ifMatchSize)
    return refused('x-amz-if-match-size');
  // The header carries whole seconds.
  if (condition.ifMatchModifiedMs >= 0n && present !== undefined && present.modifiedMs / 1000n !== condition.ifMatchModifiedMs / 1000n) {
    return refused('x-amz-if-match-last-modified-time');
  }
  return undefined;
}
