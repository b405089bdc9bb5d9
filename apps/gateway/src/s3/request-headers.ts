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
 * A request's headers, and for a presigned URL the `x-amz-*` query parameters too: presigners move headers there, and
 * S3 reads them as headers.
 */
export function requestHeaders(headers: IncomingHttpHeaders, query: Query): RequestHeaders {
  const plain = plainHeaders(headers);
  if (!query.has('X-Amz-Signature') && !query.has('Signature')) return plain;
  const merged: Record<string, string | undefined> = { ...plain };
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    const isHeader = name.startsWith('x-amz-') ? !SIGNATURE_PARAMETERS.has(name) : HEADERS_OF_VERSION_2.has(parameter);
    if (isHeader) merged[name] ??= value;
  }
  return merged;
}

/** Node joins repeated headers into one value; `set-cookie` alone stays a list, and no request carries it. */
export function plainHeaders(headers: IncomingHttpHeaders): RequestHeaders {
  return headers as RequestHeaders;
}
