import { createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from '../s3-error.ts';
import type { SignatureSeed } from './authentication.ts';

/**
 * Throws SignatureDoesNotMatch, with what was signed here, so that the client's author can compare. The comparison takes
 * the same time wherever the first difference is.
 */
export function checkSignature(
  stringToSign: string,
  provided: string,
  seed: Pick<SignatureSeed, 'signingKey' | 'accessKeyId'>,
  canonicalRequest?: string,
): void {
  const expected = createHmac('sha256', seed.signingKey).update(stringToSign).digest('latin1');
  const given = Buffer.from(provided, 'hex');
  if (provided.length === 64 && given.length === 32 && timingSafeEqual(Buffer.from(expected, 'latin1'), given)) return;
  const fields: Record<string, string> = {
    AWSAccessKeyId: seed.accessKeyId,
    StringToSign: stringToSign,
    SignatureProvided: provided,
    StringToSignBytes: hexBytes(stringToSign),
  };
  if (canonicalRequest !== undefined) {
    fields['CanonicalRequest'] = canonicalRequest;
    fields['CanonicalRequestBytes'] = hexBytes(canonicalRequest);
  }
  throw new S3Error('SignatureDoesNotMatch', { fields });
}

function hexBytes(text: string): string {
  return Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
}
