import { hash } from 'node:crypto';
import { S3Error } from '../s3-error.ts';
import type { RequestHead, RequestHeaders } from '../request-head.ts';
import type { AccessKeySecret, Authentication } from './authentication.ts';
import { authenticateHeaderV2, isHeaderV2 } from './authorization-header-v2.ts';
import { readAuthorizationHeader } from './authorization-header.ts';
import { canonicalRequest } from './canonical-request.ts';
import type { Claim } from './claim.ts';
import type { ExpectedScope } from './credential-scope.ts';
import { parsePayloadForm, type PayloadForm } from './payload-form.ts';
import { refusePostForm } from './post-form.ts';
import { isPresigned, readPresignedQuery } from './presigned-query.ts';
import { authenticatePresignedV2, isPresignedV2 } from './presigned-query-v2.ts';
import { signingKey } from './signing-key.ts';
import { checkSignature } from './string-to-sign.ts';

export interface AuthenticationOptions<Key extends AccessKeySecret> {
  /** Who holds an access key; undefined for an unknown one. */
  readonly lookup: (accessKeyId: string) => Key | undefined;
  readonly region: string;
  /** Now, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** The services this port speaks for; `s3` alone unless given. */
  readonly services?: readonly string[];
  /** The bucket that the host name holds, if it does: version 2 signs it. */
  readonly hostedBucket?: string | undefined;
}

const S3_ALONE: readonly string[] = ['s3'];
const UNSIGNED: PayloadForm = { kind: 'unsigned' };
const NO_QUERY = new URLSearchParams();

/**
 * Verifies the signature (version 4, or 2) of a request's head: in the Authorization header, in the query of a presigned URL, or none.
 * The body is verified as it is read, by `openIncomingBody`. Throws S3Error with AWS's codes and words.
 * Source: "Authenticating requests (AWS Signature Version 4)", S3 API reference.
 */
export function authenticate<Key extends AccessKeySecret>(request: RequestHead, options: AuthenticationOptions<Key>): Authentication<Key> {
  const presignedV2 = readPresignedV2(request);
  if (presignedV2 !== undefined) return authenticatePresignedV2(request, presignedV2, options);
  if (isHeaderV2(request.headers.authorization)) return authenticateHeaderV2(request, request.headers.authorization, options);
  const claim = readClaim(request, { region: options.region, services: options.services ?? S3_ALONE }, options.nowMs);
  if (claim === undefined) return { kind: 'anonymous', payload: anonymousPayload(request) };
  checkSignedHeaders(request.headers, claim.signedHeaders);
  const { accessKeyId, service } = claim.scope;
  const key = options.lookup(accessKeyId);
  if (key === undefined) throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } });
  checkSessionToken(claim, key);
  const seed = {
    accessKeyId,
    signingKey: signingKey(key.secret, claim.scope),
    amzDate: claim.amzDate,
    scope: claim.scope.text,
    signature: claim.signature,
  };
  const canonical = canonicalRequest(request, {
    service,
    headers: claim.signedHeaders,
    headerList: claim.signedHeaderList,
    payload: claim.payload,
  });
  const stringToSign = `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.scope.text}\n${hash('sha256', Buffer.from(canonical, 'latin1'))}`;
  checkSignature(stringToSign, claim.signature, seed, canonical);
  return { kind: 'signed', form: claim.form, accessKeyId, key, service, payload: parsePayloadForm(claim.payload), seed };
}

/** The query of a URL presigned by version 2. */
function readPresignedV2({ headers, url }: RequestHead): URLSearchParams | undefined {
  if (headers.authorization !== undefined || !url.includes('AWSAccessKeyId=')) return undefined;
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return isPresignedV2(query) ? query : undefined;
}

/** Undefined when the request claims nothing. */
function readClaim(request: RequestHead, expected: ExpectedScope, nowMs: number): Claim | undefined {
  const { authorization } = request.headers;
  const mark = request.url.indexOf('?');
  const query = mark === -1 ? NO_QUERY : new URLSearchParams(request.url.slice(mark + 1));
  const presigned = mark !== -1 && isPresigned(query);
  if (authorization !== undefined && authorization !== '') {
    if (!presigned) return readAuthorizationHeader(request, authorization, expected, nowMs);
    throw new S3Error('InvalidArgument', {
      message:
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      fields: { ArgumentName: 'Authorization', ArgumentValue: authorization },
    });
  }
  if (presigned) return readPresignedQuery(request, query, expected, nowMs);
  refusePostForm(request);
  return undefined;
}

/** The host and every x-amz-* header must be signed, or whoever sees a signed request could change what it does. */
function checkSignedHeaders(headers: RequestHeaders, signed: readonly string[]): void {
  let unsigned: string[] | undefined;
  if (!signed.includes('host')) unsigned = ['host'];
  for (const name in headers) {
    if (name.startsWith('x-amz-') && !signed.includes(name)) (unsigned ??= []).push(name);
  }
  if (unsigned === undefined) return;
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    fields: { HeadersNotSigned: unsigned.join(', ') },
  });
}

/** Temporary credentials are nothing without their token, permanent ones have none. */
function checkSessionToken({ scope, sessionToken = '' }: Claim, { sessionToken: expected = '' }: AccessKeySecret): void {
  if (sessionToken === expected) return;
  if (sessionToken === '') throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: scope.accessKeyId } });
  throw new S3Error('InvalidToken', { fields: { 'Token-0': sessionToken } });
}

/** A chunk signature must go on from the head's, and there is none. */
function anonymousPayload(request: RequestHead): PayloadForm {
  const given = request.headers['x-amz-content-sha256'];
  if (given === undefined) return UNSIGNED;
  const form = parsePayloadForm(given);
  if (form.kind === 'chunked' && form.signed) throw new S3Error('AccessDenied');
  return form;
}
