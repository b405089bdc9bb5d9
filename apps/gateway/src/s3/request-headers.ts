import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHeaders } from '@pilvi/s3-protocol';
import type { Query } from './request-target.ts';

export type { RequestHeaders };

/** These belong to a presigned URL's signature itself. */
const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
]);

/** Signature version 2 moves these into the query too. */
const HEADERS_OF_VERSION_2: ReadonlySet<string> = new Set(['content-type', 'content-md5']);

/**
 * S3 ignores these in a query: the AWS SDK for JavaScript puts the checksum of an empty body there, as it presigns before there is
 * one. They are covered by the signature all the same, and a checksum in a header counts.
 */
const CHECKSUM_OF_BODY = /^x-amz-(checksum-(crc32|crc32c|crc64nvme|sha1|sha256)|sdk-checksum-algorithm|trailer)$/;

/**
 * A request's headers, and for a presigned URL the `x-amz-*` query parameters too: presigners move headers there, and
 * S3 reads them as headers, but for checksums of a body.
 */
export function requestHeaders(headers: IncomingHttpHeaders, query: Query): RequestHeaders {
  const plain = plainHeaders(headers);
  if (!query.has('X-Amz-Signature') && !query.has('Signature')) return plain;
  const merged: Record<string, string | undefined> = { ...plain };
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (isMovedHeader(parameter, name)) merged[name] ??= value;
  }
  return merged;
}

function isMovedHeader(parameter: string, name: string): boolean {
  if (!name.startsWith('x-amz-')) return HEADERS_OF_VERSION_2.has(parameter);
  return !SIGNATURE_PARAMETERS.has(name) && !CHECKSUM_OF_BODY.test(name);
}

/** Node joins repeated headers into one value; `set-cookie` alone stays a list, and no request carries it. */
export function plainHeaders(headers: IncomingHttpHeaders): RequestHeaders {
  return headers as RequestHeaders;
}
