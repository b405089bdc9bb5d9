import type { RequestHead, RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import type { AccessKeySecret, SignedRequest } from './authentication.ts';
import { MAX_SKEW_MS, timeTooSkewed } from './clock-skew.ts';
import { checkVersion2, unchainedPayload } from './signature-v2.ts';

const SCHEME = 'AWS ';
/** `AWS <access key>:<signature>` */
const CREDENTIALS = /^AWS ([^\s:]+):(\S+)$/;

/** True for a header of signature version 2, which old clients still send. */
export function isHeaderV2(authorization: string | undefined): authorization is string {
  return authorization?.startsWith(SCHEME) === true;
}

/**
 * Verifies an Authorization header of version 2 (HMAC-SHA1; unlike version 4 it binds no region, no host and no body).
 * Source: "Signing and authenticating REST requests" (version 2). Throws S3Error.
 */
export function authenticateHeaderV2<Key extends AccessKeySecret>(
  request: RequestHead,
  authorization: string,
  options: {
    readonly lookup: (accessKeyId: string) => Key | undefined;
    readonly nowMs: number;
    readonly hostedBucket?: string | undefined;
  },
): SignedRequest<Key> {
  const [, accessKeyId, signature] = CREDENTIALS.exec(authorization) ?? [];
  if (accessKeyId === undefined || signature === undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'AWS authorization header is invalid. Expected AwsAccessKeyId:signature',
      fields: { ArgumentName: 'Authorization', ArgumentValue: authorization },
    });
  }
  const { headers } = request;
  checkDate(headers, options.nowMs);
  const key = options.lookup(accessKeyId);
  if (key === undefined) throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } });
  if ((headers['x-amz-security-token'] ?? '') !== (key.sessionToken ?? '')) throw new S3Error('InvalidToken');
  const mark = request.url.indexOf('?');
  const query = new URLSearchParams(mark === -1 ? '' : request.url.slice(mark + 1));
  const date = headers['x-amz-date'] === undefined ? (headers['date'] ?? '') : ''; // which is signed among the x-amz- headers
  const { hostedBucket } = options;
  const signed = { headers, query, date, signature, accessKeyId, secret: key.secret, hostedBucket };
  checkVersion2(request, signed, () => false);
  return { kind: 'signed', form: 'header', accessKeyId, key, service: 's3', payload: unchainedPayload(headers) };
}

/** X-Amz-Date, or else Date, in the form of HTTP. Throws AccessDenied and RequestTimeTooSkewed. */
function checkDate(headers: RequestHeaders, nowMs: number): void {
  const given = headers['x-amz-date'] ?? headers['date'] ?? '';
  const timeMs = Date.parse(given);
  if (!(timeMs >= 0)) throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  if (Math.abs(nowMs - timeMs) > MAX_SKEW_MS) throw timeTooSkewed(given, nowMs);
}
