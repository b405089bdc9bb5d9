import { createHmac, hash } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface RequestToSign {
  readonly method: string;
  readonly host: string;
  /** Already encoded as S3 wants it (`encodeKey`). */
  readonly path: string;
  /** Encoded and sorted by name; empty when there is none. */
  readonly query: string;
  /** Hexadecimal SHA-256 of the body, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
}

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SIGNED_HEADERS = 'host;x-amz-content-sha256;x-amz-date';

/** The header lines that a request must carry, each ended by CRLF. */
export type Signer = (request: RequestToSign) => string;

/**
 * AWS Signature Version 4 in the Authorization header (AWS S3 API reference, "Authenticating Requests: Using the Authorization
 * Header"). The signing key is derived once a day and the date made once a second, so a request costs one hash and one HMAC.
 */
export function createSigner(credentials: Credentials, wallMs: () => number): Signer {
  let second = Number.NaN;
  let amzDate = '';
  let scope = '';
  let scopeDay = '';
  let signingKey = Buffer.alloc(0);

  const renew = (nowSecond: number): void => {
    second = nowSecond;
    amzDate = `${new Date(nowSecond * 1000).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
    const day = amzDate.slice(0, 8);
    if (day === scopeDay) return;
    scopeDay = day;
    scope = `${day}/${credentials.region}/s3/aws4_request`;
    signingKey = deriveSigningKey(credentials, day);
  };

  return ({ method, host, path, query, payloadHash }) => {
    const nowSecond = Math.floor(wallMs() / 1000);
    if (nowSecond !== second) renew(nowSecond);
    const canonicalRequest = `${method}\n${path}\n${query}\nhost:${host}\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${amzDate}\n\n${SIGNED_HEADERS}\n${payloadHash}`;
    const stringToSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash('sha256', canonicalRequest)}`;
    const signature = createHmac('sha256', signingKey).update(stringToSign).digest('hex');
    return (
      `host: ${host}\r\nx-amz-content-sha256: ${payloadHash}\r\nx-amz-date: ${amzDate}\r\n` +
      `authorization: AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${SIGNED_HEADERS},Signature=${signature}\r\n`
    );
  };
}

function deriveSigningKey(credentials: Credentials, day: string): Buffer<ArrayBuffer> {
  const mac = (key: Buffer | string, text: string): Buffer<ArrayBuffer> => Buffer.from(createHmac('sha256', key).update(text).digest());
  return mac(mac(mac(mac(`AWS4${credentials.secretAccessKey}`, day), credentials.region), 's3'), 'aws4_request');
}

/** RFC 3986 encoding of a query value, as Signature Version 4 wants it. */
export function encodeQuery(value: string): string {
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same for a key in a path: slashes stay. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeQuery).join('/');
}
