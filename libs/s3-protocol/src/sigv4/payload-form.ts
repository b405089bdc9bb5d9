import { S3Error } from '../s3-error.ts';

/** How the body travels and what vouches for it, as `x-amz-content-sha256` says. */
export type PayloadForm =
  | { readonly kind: 'unsigned' }
  /** `hex` of the whole body is part of what was signed. */
  | { readonly kind: 'sha256'; readonly hex: string }
  /** aws-chunked; each chunk carries a signature or none. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const FORMS: ReadonlyMap<string, PayloadForm> = new Map<string, PayloadForm>([
  ['UNSIGNED-PAYLOAD', { kind: 'unsigned' }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', signed: false, trailer: true }],
]);

/** Throws InvalidArgument. Source: "Authenticating requests: using the Authorization header", S3 API reference. */
export function parsePayloadForm(contentSha256: string): PayloadForm {
  const form = FORMS.get(contentSha256);
  if (form !== undefined) return form;
  if (/^[0-9a-fA-F]{64}$/.test(contentSha256)) return { kind: 'sha256', hex: contentSha256.toLowerCase() };
  throw new S3Error('InvalidArgument', {
    message: `x-amz-content-sha256 must be ${[...FORMS.keys()].join(', ')} or a valid sha256 value.`,
    fields: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: contentSha256 },
  });
}
