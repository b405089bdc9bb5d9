import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestHead, RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import { parsePayloadForm, type PayloadForm } from './payload-form.ts';

/** Parameters that version 2 signs. Source: "Signing and authenticating REST requests" (version 2), and what botocore signs. */
const SIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  ...['accelerate', 'acl', 'analytics', 'cors', 'delete', 'inventory', 'lifecycle', 'location', 'logging', 'metrics', 'notification'],
  ...['object-lock', 'partNumber', 'policy', 'replication', 'requestPayment', 'restore', 'select', 'select-type', 'storageClass'],
  ...['tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
]);

/** Unsigned by version 2, and harmless: they say which part of a listing is shown, and how. */
const LISTING_PARAMETERS: ReadonlySet<string> = new Set([
  ...['list-type', 'prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type', 'continuation-token', 'start-after', 'fetch-owner'],
  ...['key-marker', 'version-id-marker', 'upload-id-marker', 'max-uploads', 'part-number-marker', 'max-parts'],
  ...['max-buckets', 'bucket-region', 'x-id'],
]);

const BUCKET_PATH = /^\/[^/]+$/;

export interface SignedByVersion2 {
  /** With what stands in the query in their place. */
  readonly headers: RequestHeaders;
  readonly query: URLSearchParams;
  /** The line after the content's type: a date, or when a URL expires. */
  readonly date: string;
  /** Base64 of an HMAC-SHA1. */
  readonly signature: string;
  readonly accessKeyId: string;
  readonly secret: string;
  /** The bucket that the host name holds, if it does. */
  readonly hostedBucket: string | undefined;
}

/** Throws SignatureDoesNotMatch, and AccessDenied for a query that version 2 would leave unsigned, but for the form's `own` parameters and the choice of a listing's page. */
export function checkVersion2({ method, url }: RequestHead, signed: SignedByVersion2, own: (parameter: string) => boolean): void {
  const { headers, query, date, signature, accessKeyId, secret, hostedBucket } = signed;
  const unsigned = [...query.keys()].filter((name) => !SIGNED_PARAMETERS.has(name) && !LISTING_PARAMETERS.has(name) && !own(name));
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', {
      message: `There were parameters present in the request which were not signed: ${unsigned.join(', ')}`,
    });
  const textOf = (path: string): string =>
    `${method}\n${headers['content-md5'] ?? ''}\n${headers['content-type'] ?? ''}\n${date}\n${canonicalAmzHeaders(headers)}${canonicalResource(path, query, hostedBucket)}`;
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  if (isSignature(signature, textOf(path), secret)) return;
  // botocore signs `/bucket/` where it sends `/bucket`.
  if (BUCKET_PATH.test(path) && isSignature(signature, textOf(`${path}/`), secret)) return;
  throw new S3Error('SignatureDoesNotMatch', {
    fields: { AWSAccessKeyId: accessKeyId, StringToSign: textOf(path), SignatureProvided: signature },
  });
}

function isSignature(signature: string, text: string, secret: string): boolean {
  const expected = createHmac('sha1', secret).update(Buffer.from(text, 'latin1')).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** How the body travels: version 2 signs none of it, and has no chunk signatures to go on from. */
export function unchainedPayload(headers: RequestHeaders): PayloadForm {
  const form = parsePayloadForm(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
  if (form.kind === 'chunked' && form.signed) throw new S3Error('AccessDenied');
  return form;
}

function canonicalAmzHeaders(headers: RequestHeaders): string {
  const names = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  return names
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
    .join('');
}

/** The path as it stands, behind the bucket that a host name may hold, and the signed parameters in order. */
function canonicalResource(path: string, query: URLSearchParams, hostedBucket: string | undefined): string {
  const signed = [...query].filter(([name]) => SIGNED_PARAMETERS.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const parameters = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return `${hostedBucket === undefined ? '' : `/${hostedBucket}`}${path}${parameters === '' ? '' : `?${parameters}`}`;
}
