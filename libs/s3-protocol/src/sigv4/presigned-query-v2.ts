import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RequestHead, RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import type { AccessKeySecret, SignedRequest } from './authentication.ts';
import { parsePayloadForm, type PayloadForm } from './payload-form.ts';

/** Parameters that version 2 signs. Source: "Signing and authenticating REST requests" (version 2), and what botocore signs. */
const SIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  ...['accelerate', 'acl', 'analytics', 'cors', 'delete', 'inventory', 'lifecycle', 'location', 'logging', 'metrics', 'notification'],
  ...['object-lock', 'partNumber', 'policy', 'replication', 'requestPayment', 'restore', 'select', 'select-type', 'storageClass'],
  ...['tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
]);
/** These carry the signature, or say nothing. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set(['AWSAccessKeyId', 'Signature', 'Expires', 'x-id']);
/** Parameters that stand for headers. */
const HEADER_PARAMETER = /^(x-amz-.*|content-md5|content-type)$/;

/** True for the query form of signature version 2, which AWS's command line and boto3 still make by default for us-east-1. */
export function isPresignedV2(query: URLSearchParams): boolean {
  return query.has('AWSAccessKeyId') && query.has('Signature');
}

/**
 * Verifies a presigned URL of version 2 (HMAC-SHA1; unlike version 4 it binds no region and no host). Parameters that
 * version 2 leaves unsigned are refused, or whoever sees the URL could turn it into another request.
 */
export function authenticatePresignedV2<Key extends AccessKeySecret>(
  request: RequestHead,
  query: URLSearchParams,
  options: {
    readonly lookup: (accessKeyId: string) => Key | undefined;
    readonly nowMs: number;
    readonly hostedBucket?: string | undefined;
  },
): SignedRequest<Key> {
  const accessKeyId = query.get('AWSAccessKeyId') ?? '';
  const expires = query.get('Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires)) throw new S3Error('AccessDenied', { message: 'Invalid date (should be seconds since epoch)' });
  const unsigned = [...query.keys()].filter(
    (name) => !SIGNED_PARAMETERS.has(name) && !OWN_PARAMETERS.has(name) && !HEADER_PARAMETER.test(name),
  );
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', {
      message: `There were parameters present in the request which were not signed: ${unsigned.join(', ')}`,
    });
  const key = options.lookup(accessKeyId);
  if (key === undefined) throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } });
  const headers = withQueryHeaders(request.headers, query);
  if ((headers['x-amz-security-token'] ?? '') !== (key.sessionToken ?? '')) throw new S3Error('InvalidToken');
  const resource = canonicalResource(request.url, query, options.hostedBucket);
  const text = `${request.method}\n${headers['content-md5'] ?? ''}\n${headers['content-type'] ?? ''}\n${expires}\n${canonicalAmzHeaders(headers)}${resource}`;
  checkSignature(text, query.get('Signature') ?? '', { accessKeyId, secret: key.secret });
  if (Number(expires) * 1000 <= options.nowMs)
    throw new S3Error('AccessDenied', { message: 'Request has expired', fields: { Expires: expires } });
  return { kind: 'signed', form: 'query', accessKeyId, key, service: 's3', payload: unchained(headers) };
}

function withQueryHeaders(headers: RequestHeaders, query: URLSearchParams): RequestHeaders {
  const merged: Record<string, string | undefined> = { ...headers };
  for (const [name, value] of query) if (HEADER_PARAMETER.test(name)) merged[name] ??= value;
  return merged;
}

function canonicalAmzHeaders(headers: RequestHeaders): string {
  const names = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  return names
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
    .join('');
}

/** The path as it stands, behind the bucket that a host name may hold, and the signed parameters in order. */
function canonicalResource(url: string, query: URLSearchParams, hostedBucket: string | undefined): string {
  const path = url.slice(0, url.indexOf('?'));
  const signed = [...query].filter(([name]) => SIGNED_PARAMETERS.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const parameters = signed.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&');
  return `${hostedBucket === undefined ? '' : `/${hostedBucket}`}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function checkSignature(text: string, provided: string, key: { accessKeyId: string; secret: string }): void {
  const expected = createHmac('sha1', key.secret).update(Buffer.from(text, 'latin1')).digest();
  const given = Buffer.from(provided, 'base64');
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new S3Error('SignatureDoesNotMatch', {
    fields: { AWSAccessKeyId: key.accessKeyId, StringToSign: text, SignatureProvided: provided },
  });
}

/** Version 2 has no chunk signatures to go on from. */
function unchained(headers: RequestHeaders): PayloadForm {
  const form = parsePayloadForm(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
  if (form.kind === 'chunked' && form.signed) throw new S3Error('AccessDenied');
  return form;
}
