import { S3Error } from '../s3-error.ts';
import type { RequestHead } from '../request-head.ts';
import { parseAmzDate } from './amz-date.ts';
import type { Claim } from './claim.ts';
import { MAX_SKEW_MS } from './clock-skew.ts';
import { parseCredential, type ExpectedScope, type Malformed } from './credential-scope.ts';

const REQUIRED = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Expires'] as const;
const MAX_EXPIRES_S = 604_800;

/** True when the query, rather than a header, claims to authenticate. */
export function isPresigned(query: URLSearchParams): boolean {
  return query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature') || query.has('X-Amz-Credential');
}

/** The claim in a presigned URL. Throws AuthorizationQueryParametersError, and AccessDenied outside its time. */
export function readPresignedQuery(request: RequestHead, query: URLSearchParams, expected: ExpectedScope, nowMs: number): Claim {
  if (REQUIRED.some((name) => (query.get(name) ?? '') === '')) {
    throw parameterError(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const [algorithm = '', credential = '', signature = '', amzDate = '', signedHeaderList = '', expires = ''] = REQUIRED.map(
    (name) => query.get(name) ?? '',
  );
  if (algorithm !== 'AWS4-HMAC-SHA256') throw parameterError('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const scope = parseCredential(credential, expected, malformedCredential);
  const timeMs = parseAmzDate(amzDate);
  if (timeMs === undefined) throw parameterError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (scope.date !== amzDate.slice(0, 8)) {
    throw parameterError(`Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`);
  }
  checkTime(timeMs, expires, nowMs);
  const signedHeaders = signedHeaderList.split(';');
  return {
    form: 'query',
    scope,
    amzDate,
    signedHeaders,
    signedHeaderList,
    signature,
    payload: signedPayload(request, query, scope.service),
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
  };
}

/**
 * For S3 UNSIGNED-PAYLOAD unless the URL or a signed header says otherwise; presigners keep the header's own spelling in the query. Other services
 * sign the hash of the body.
 */
function signedPayload(request: RequestHead, query: URLSearchParams, service: string): string {
  const inQuery = query.get('X-Amz-Content-Sha256') ?? query.get('x-amz-content-sha256');
  const given = inQuery ?? request.headers['x-amz-content-sha256'];
  if (given !== undefined) return given;
  return service !== 's3' && request.bodySha256 !== undefined ? request.bodySha256 : 'UNSIGNED-PAYLOAD';
}

function checkTime(timeMs: number, expires: string, nowMs: number): void {
  if (!/^-?\d{1,15}$/.test(expires)) throw parameterError('X-Amz-Expires should be a number');
  const expiresS = Number(expires);
  if (expiresS < 0) throw parameterError('X-Amz-Expires must be non-negative');
  if (expiresS > MAX_EXPIRES_S) {
    throw parameterError(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  if (timeMs - nowMs > MAX_SKEW_MS) throw new S3Error('AccessDenied', { message: 'Request is not valid yet' });
  const endMs = timeMs + expiresS * 1000;
  if (nowMs >= endMs) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      fields: { 'X-Amz-Expires': expires, Expires: isoSeconds(endMs), ServerTime: isoSeconds(nowMs) },
    });
  }
}

function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}/, '');
}

function parameterError(message: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', { message });
}

const malformedCredential: Malformed = (what, fields = {}) =>
  new S3Error('AuthorizationQueryParametersError', { message: `Error parsing the X-Amz-Credential parameter; ${what}`, fields });
