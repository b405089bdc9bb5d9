import { S3Error } from '../s3-error.ts';
import type { RequestHead } from '../request-head.ts';
import { formatAmzDate, parseAmzDate } from './amz-date.ts';
import type { Claim } from './claim.ts';
import { MAX_SKEW_MS, timeTooSkewed } from './clock-skew.ts';
import { parseCredential, type ExpectedScope, type Malformed } from './credential-scope.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const COMPONENTS = ['Credential', 'SignedHeaders', 'Signature'] as const;

/** The claim in an Authorization header. Throws every error that its form and its date can earn. */
export function readAuthorizationHeader(request: RequestHead, authorization: string, expected: ExpectedScope, nowMs: number): Claim {
  const components = readComponents(authorization);
  const amzDate = requestDate(request, nowMs);
  const scope = parseCredential(components.Credential, expected, malformed);
  if (scope.date !== amzDate.slice(0, 8)) {
    throw malformed(`Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`);
  }
  return {
    form: 'header',
    scope,
    amzDate,
    signedHeaders: components.SignedHeaders.split(';'),
    signedHeaderList: components.SignedHeaders,
    signature: components.Signature,
    payload: signedPayload(request, scope.service),
    sessionToken: request.headers['x-amz-security-token'],
  };
}

function readComponents(authorization: string): Record<(typeof COMPONENTS)[number], string> {
  const space = authorization.indexOf(' ');
  const scheme = space === -1 ? authorization : authorization.slice(0, space);
  if (scheme === 'AWS4-ECDSA-P256-SHA256') {
    throw new S3Error('InvalidRequest', {
      message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    });
  }
  if (scheme !== ALGORITHM) {
    throw new S3Error('InvalidArgument', {
      message: 'Unsupported Authorization Type',
      fields: { ArgumentName: 'Authorization', ArgumentValue: authorization },
    });
  }
  const found = new Map<string, string>();
  for (const part of authorization.slice(scheme.length).split(',')) {
    const component = part.trim();
    if (component === '') continue;
    const equals = component.indexOf('=');
    if (equals === -1) throw malformed(`the authorization component "${component}" is malformed.`);
    found.set(component.slice(0, equals), component.slice(equals + 1));
  }
  if (COMPONENTS.some((name) => (found.get(name) ?? '') === '')) {
    throw malformed('the authorization header requires three components: Credential, SignedHeaders, and Signature.');
  }
  const [Credential = '', SignedHeaders = '', Signature = ''] = COMPONENTS.map((name) => found.get(name));
  return { Credential, SignedHeaders, Signature };
}

/** X-Amz-Date, or else Date. Throws AccessDenied and RequestTimeTooSkewed. */
function requestDate(request: RequestHead, nowMs: number): string {
  const given = request.headers['x-amz-date'] ?? request.headers.date ?? '';
  const timeMs = parseAmzDate(given) ?? (request.headers['x-amz-date'] === undefined ? Date.parse(given) : NaN);
  if (Number.isNaN(timeMs)) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  }
  if (Math.abs(nowMs - timeMs) > MAX_SKEW_MS) throw timeTooSkewed(given, nowMs);
  return formatAmzDate(timeMs);
}

/** S3 demands x-amz-content-sha256; other services sign the hash of the body, which the caller must have read. */
function signedPayload(request: RequestHead, service: string): string {
  const given = request.headers['x-amz-content-sha256'];
  if (given !== undefined) return given;
  if (service !== 's3' && request.bodySha256 !== undefined) return request.bodySha256;
  throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' });
}

const malformed: Malformed = (what, fields = {}) =>
  new S3Error('AuthorizationHeaderMalformed', { message: `The authorization header is malformed; ${what}`, fields });
