import type { IncomingMessage } from 'node:http';

/** In an Authorization header, or in a presigned URL's query (where the slashes are encoded). */
const SCOPED_SERVICE = /Credential=[^,&\s]+(?:\/|%2F)([a-z0-9-]+)(?:\/|%2F)aws4_request/i;

/** The service that a request was signed for, as its credential scope names it. Unsigned ones, and those of signature version 2, are S3's. */
export function credentialService(request: IncomingMessage): string {
  const signed = request.headers.authorization ?? request.url ?? '';
  return SCOPED_SERVICE.exec(signed)?.[1] ?? 's3';
}
