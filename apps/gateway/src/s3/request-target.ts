import { S3Error } from '@pilvi/s3-protocol';

/** What a request is about: path-style and virtual-host addressing come to the same. */
export interface RequestTarget {
  /** Empty: the account. */
  readonly bucket: string;
  /** Empty: the bucket. */
  readonly key: string;
  readonly query: Query;
  /** The bucket stood in the host name. */
  readonly hosted: boolean;
}

/** Decoded query parameters by name; of repeated ones the first counts. */
export type Query = ReadonlyMap<string, string>;

const NO_QUERY: Query = new Map();
const MAX_KEY_BYTES = 1024;

/** Source: "Virtual hosting of buckets" and "Object key naming" in the S3 user guide. Throws InvalidURI and KeyTooLongError. */
export function parseTarget(url: string, host: string | undefined, domains: readonly string[]): RequestTarget {
  if (!url.startsWith('/')) throw new S3Error('InvalidURI');
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? NO_QUERY : parseQuery(url.slice(mark + 1));
  const hosted = domains.length === 0 ? undefined : hostedBucket(host, domains);
  if (hosted !== undefined) return { bucket: hosted, key: decodeKey(path.slice(1)), query, hosted: true };
  const slash = path.indexOf('/', 1);
  if (slash === -1) return { bucket: decode(path.slice(1)), key: '', query, hosted: false };
  return { bucket: decode(path.slice(1, slash)), key: decodeKey(path.slice(slash + 1)), query, hosted: false };
}

/** The bucket named by `bucket.<domain>`. */
function hostedBucket(host: string | undefined, domains: readonly string[]): string | undefined {
  if (host === undefined) return undefined;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const domain = domains.find((d) => name.endsWith(`.${d}`));
  return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
}

export function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeForm(equals === -1 ? pair : pair.slice(0, equals));
    if (!query.has(name)) query.set(name, equals === -1 ? '' : decodeForm(pair.slice(equals + 1)));
  }
  return query;
}

function decodeKey(text: string): string {
  const key = decode(text);
  if (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', { fields: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) } });
  }
  return key;
}

function decodeForm(text: string): string {
  return decode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Percent-decoded UTF-8. */
export function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause });
  }
}
