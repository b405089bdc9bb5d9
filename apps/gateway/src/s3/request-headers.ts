import type { IncomingHttpHeaders } from 'node:http';
import type { Query } from './request-target.ts';

/** Headers by lower-case name, one value each. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

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

/**
 * A request's headers, and for a presigned URL the `x-amz-*` query parameters too: presigners move headers there, and
 * S3 reads them as headers.
 */
export function requestHeaders(headers: IncomingHttpHeaders, query: Query): RequestHeaders {
  const plain = headers as RequestHeaders; // Node joins repeated headers; only set-cookie, which nobody sends, stays a list.
  if (!query.has('X-Amz-Signature')) return plain;
  const merged: Record<string, string | undefined> = { ...plain };
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (name.startsWith('x-amz-') && !SIGNATURE_PARAMETERS.has(name)) merged[name] ??= value;
  }
  return merged;
}
