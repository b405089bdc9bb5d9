import type { WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import { storeFailure } from './error-table.ts';
import { parseHttpDate } from './http-date.ts';
import { parseEtags, preconditionFailed } from './read-conditions.ts';
import type { RequestHeaders } from './request-headers.ts';

const NONE = -1n;

export const UNCONDITIONAL: WriteCondition = { ifMatch: [], ifNoneMatch: [], ifMatchSize: NONE, ifMatchModifiedMs: NONE };

/** If-Match and If-None-Match of PutObject, CopyObject and CompleteMultipartUpload. */
export function writeCondition(headers: RequestHeaders): WriteCondition {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return UNCONDITIONAL;
  return {
    ...UNCONDITIONAL,
    ifMatch: ifMatch === undefined ? [] : parseEtags(ifMatch),
    ifNoneMatch: ifNoneMatch === undefined ? [] : parseEtags(ifNoneMatch),
  };
}

/** The conditions of DeleteObject, from its headers or from one entry of DeleteObjects. Throws InvalidArgument. */
export function deleteCondition(given: {
  etag: string | undefined;
  size: string | undefined;
  modified: string | undefined;
}): WriteCondition {
  if (given.etag === undefined && given.size === undefined && given.modified === undefined) return UNCONDITIONAL;
  return {
    ...UNCONDITIONAL,
    ifMatch: given.etag === undefined ? [] : parseEtags(given.etag),
    ifMatchSize: given.size === undefined ? NONE : sizeOf(given.size),
    ifMatchModifiedMs: given.modified === undefined ? NONE : timeOf(given.modified),
  };
}

function sizeOf(text: string): bigint {
  if (!/^\d{1,18}$/.test(text))
    throw new S3Error('InvalidArgument', { message: 'The size condition is not a number of bytes', fields: { ArgumentValue: text } });
  return BigInt(text);
}

function timeOf(text: string): bigint {
  const timeMs = parseHttpDate(text);
  if (timeMs === undefined)
    throw new S3Error('InvalidArgument', { message: 'The time condition is not a date', fields: { ArgumentValue: text } });
  return BigInt(timeMs);
}

/**
 * Refuses before long work what its commit would refuse: the reply to such work may have begun as a 200 by then. The commit still decides.
 * Throws what it would throw, PreconditionFailed or the store's no-such-key.
 */
export async function refuseEarly(condition: WriteCondition, head: () => Promise<ObjectRecord>): Promise<void> {
  const { ifMatch, ifNoneMatch } = condition;
  if (ifMatch.length > 0) {
    const { etag } = await head();
    if (!ifMatch.includes('*') && !ifMatch.includes(etag)) throw preconditionFailed('If-Match');
  }
  if (ifNoneMatch.length > 0) {
    const present = await orNothing(head());
    if (present !== undefined && (ifNoneMatch.includes('*') || ifNoneMatch.includes(present.etag)))
      throw preconditionFailed('If-None-Match');
  }
}

async function orNothing(head: Promise<ObjectRecord>): Promise<ObjectRecord | undefined> {
  try {
    return await head;
  } catch (error) {
    if (storeFailure(error)?.code !== 'no-such-key') throw error;
    return undefined;
  }
}

/** Names the condition that failed, as S3 does. An If-Match on a key that holds nothing is a NoSuchKey, which the store says itself. */
export async function underCondition<T>(condition: WriteCondition, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (storeFailure(error)?.code !== 'precondition-failed') throw error;
    throw preconditionFailed(condition.ifMatch.length > 0 ? 'If-Match' : 'If-None-Match');
  }
}
