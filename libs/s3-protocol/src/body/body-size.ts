import type { RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import type { PayloadForm } from '../sigv4/payload-form.ts';

/** Decoded length in bytes, as the client declares it. Throws MissingContentLength, InvalidArgument, NotImplemented, EntityTooLarge. */
export function declaredSize(headers: RequestHeaders, payload: PayloadForm, maxSizeBytes: number): number {
  const name = payload.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headers[name];
  if (text === undefined) throw noLength(headers, payload);
  if (!/^\d{1,15}$/.test(text)) {
    throw new S3Error('InvalidArgument', {
      message: `The ${name} header is not a length`,
      fields: { ArgumentName: name, ArgumentValue: text },
    });
  }
  const sizeBytes = Number(text);
  if (sizeBytes > maxSizeBytes) {
    throw new S3Error('EntityTooLarge', { fields: { ProposedSize: text, MaxSizeAllowed: String(maxSizeBytes) } });
  }
  return sizeBytes;
}

/** S3 takes no body of unknown length: HTTP's own chunked coding is allowed around aws-chunked only. */
function noLength(headers: RequestHeaders, payload: PayloadForm): S3Error {
  if (payload.kind !== 'chunked' && headers['transfer-encoding'] !== undefined) {
    return new S3Error('NotImplemented', { fields: { Header: 'Transfer-Encoding' } });
  }
  return new S3Error('MissingContentLength');
}
