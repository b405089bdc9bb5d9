import type { Header, ObjectMetadata } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import type { HeaderList } from './reply.ts';
import type { RequestHeaders } from './request-headers.ts';

/** Standard headers that S3 keeps with an object, and how it spells them. */
const STORED_HEADERS: ReadonlyMap<string, string> = new Map([
  ['content-type', 'Content-Type'],
  ['cache-control', 'Cache-Control'],
  ['content-disposition', 'Content-Disposition'],
  ['content-encoding', 'Content-Encoding'],
  ['content-language', 'Content-Language'],
  ['expires', 'Expires'],
  ['x-amz-website-redirect-location', 'x-amz-website-redirect-location'],
]);
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
const USER_PREFIX = 'x-amz-meta-';
/** Names and values of all user metadata together. Source: "Working with object metadata", S3 user guide. */
const MAX_USER_METADATA_BYTES = 2048;

/** The metadata that a request's headers ask to keep. Throws MetadataTooLarge. */
export function readMetadata(requestHeaders: RequestHeaders): ObjectMetadata {
  const headers: Header[] = [];
  const user: Header[] = [];
  let userBytes = 0;
  let typed = false;
  for (const name in requestHeaders) {
    const value = requestHeaders[name];
    if (value === undefined) continue;
    if (name.startsWith(USER_PREFIX)) {
      userBytes += name.length - USER_PREFIX.length + value.length;
      user.push({ name: name.slice(USER_PREFIX.length), value });
    } else if (STORED_HEADERS.has(name)) {
      const kept = name === 'content-encoding' ? withoutAwsChunked(value) : value;
      if (kept === '') continue;
      typed ||= name === 'content-type';
      headers.push({ name, value: kept });
    }
  }
  if (userBytes > MAX_USER_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', { fields: { Size: String(userBytes), MaxSizeAllowed: String(MAX_USER_METADATA_BYTES) } });
  }
  if (!typed) headers.push({ name: 'content-type', value: DEFAULT_CONTENT_TYPE });
  return { headers, user };
}

/** `aws-chunked` describes the transfer, not the object. */
function withoutAwsChunked(encoding: string): string {
  if (!encoding.includes('aws-chunked')) return encoding;
  return encoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked' && coding !== '')
    .join(',');
}

/** Appends the headers an object is served with; `overrides` (by lower-case name) come from `response-*` parameters. */
export function writeMetadata(into: HeaderList, metadata: ObjectMetadata | undefined, overrides: ReadonlyMap<string, string>): void {
  for (const { name, value } of metadata?.headers ?? []) {
    if (!overrides.has(name)) into.push(STORED_HEADERS.get(name) ?? name, value);
  }
  for (const [name, value] of overrides) into.push(STORED_HEADERS.get(name) ?? name, value);
  for (const { name, value } of metadata?.user ?? []) into.push(USER_PREFIX + name, value);
}
