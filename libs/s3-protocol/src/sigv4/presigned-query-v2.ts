import type { RequestHead, RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import type { AccessKeySecret, SignedRequest } from './authentication.ts';
import { checkVersion2, unchainedPayload } from './signature-v2.ts';

/** These carry the signature. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set(['AWSAccessKeyId', 'Signature', 'Expires']);
/** Parameters that stand for headers, and are signed as such. */
const HEADER_PARAMETER = /^(x-amz-.*|content-md5|content-type)$/;

/** True for the query form of signature version 2, which AWS's command line and boto3 still make by default for us-east-1. */
export function isPresignedV2(query: URLSearchParams): boolean {
  return query.has('AWSAccessKeyId') && query.has('Signature');
}

/**
 * Verifies a presigned URL of version 2 (HMAC-SHA1; unlike version 4 it binds no region and no host). Parameters that
 * version 2 leaves unsigned are refused, or whoever sees the URL could turn it into another request; of a listing, it may show another page.
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
  const key = options.lookup(accessKeyId);
  if (key === undefined) throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } });
  const headers = withQueryHeaders(request.headers, query);
  if ((headers['x-amz-security-token'] ?? '') !== (key.sessionToken ?? '')) throw new S3Error('InvalidToken');
  const signature = query.get('Signature') ?? '';
  const { hostedBucket } = options;
  const signed = { headers, query, date: expires, signature, accessKeyId, secret: key.secret, hostedBucket };
  checkVersion2(request, signed, (parameter) => OWN_PARAMETERS.has(parameter) || HEADER_PARAMETER.test(parameter));
  if (Number(expires) * 1000 <= options.nowMs)
    throw new S3Error('AccessDenied', { message: 'Request has expired', fields: { Expires: expires } });
  return { kind: 'signed', form: 'query', accessKeyId, key, service: 's3', payload: unchainedPayload(headers) };
}

function withQueryHeaders(headers: RequestHeaders, query: URLSearchParams): RequestHeaders {
  const merged: Record<string, string | undefined> = { ...headers };
  for (const [name, value] of query) if (HEADER_PARAMETER.test(name)) merged[name] ??= value;
  return merged;
}
