import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import { parseHttpDate } from './http-date.ts';
import type { RequestHeaders } from './request-headers.ts';

export type ReadOutcome = 'proceed' | 'not-modified';

/**
 * The conditions of GET and HEAD, in the order of RFC 9110 section 13.2.2, which S3 follows: a true If-Match outweighs
 * If-Unmodified-Since, a given If-None-Match outweighs If-Modified-Since. Throws PreconditionFailed.
 */
export function checkReadConditions(headers: RequestHeaders, record: ObjectRecord): ReadOutcome {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, record.etag)) throw preconditionFailed('If-Match');
  } else if (modifiedSince(headers['if-unmodified-since'], record) === true) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, record.etag) ? 'not-modified' : 'proceed';
  return modifiedSince(headers['if-modified-since'], record) === false ? 'not-modified' : 'proceed';
}

/** The conditions on the source of a copy: any that fails is a PreconditionFailed. */
export function checkCopyConditions(headers: RequestHeaders, record: ObjectRecord): void {
  const ifMatch = headers['x-amz-copy-source-if-match'];
  const ifNoneMatch = headers['x-amz-copy-source-if-none-match'];
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, record.etag)) throw preconditionFailed('x-amz-copy-source-If-Match');
  } else if (modifiedSince(headers['x-amz-copy-source-if-unmodified-since'], record) === true) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) {
    if (matchesEtag(ifNoneMatch, record.etag)) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  } else if (modifiedSince(headers['x-amz-copy-source-if-modified-since'], record) === false) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since');
  }
}

/** ETags of a condition header, without quotes; `*` stands for any. */
export function parseEtags(header: string): string[] {
  return header.split(',').map((each) => unquoted(each.trim()));
}

/** S3 takes ETags with and without quotes, and weak ones as strong. */
export function unquoted(etag: string): string {
  const strong = etag.startsWith('W/') ? etag.slice(2) : etag;
  return strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong;
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { fields: { Condition: condition } });
}

function matchesEtag(header: string, etag: string): boolean {
  const etags = parseEtags(header);
  return etags.includes('*') || etags.includes(etag);
}

/** Undefined when the header is absent or no date (RFC 9110: such a header is ignored). HTTP dates have whole seconds. */
function modifiedSince(header: string | undefined, record: ObjectRecord): boolean | undefined {
  const sinceMs = header === undefined ? undefined : parseHttpDate(header);
  if (sinceMs === undefined) return undefined;
  return wholeSecondMs(record.modifiedMs) > sinceMs;
}

function wholeSecondMs(timeMs: bigint): number {
  return Math.floor(Number(timeMs) / 1000) * 1000;
}
