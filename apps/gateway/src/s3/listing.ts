import type { ListEntry } from '@pilvi/contracts/index/v1/service';
import type { Bucket, ListPage } from '@pilvi/object-store';
import { S3Error } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import { algorithmName } from './checksum-headers.ts';
import { type Exchange, integerParameter } from './exchange.ts';
import { xmlDate } from './http-date.ts';
import { ownerElement } from './xml-owner.ts';

export const MAX_PAGE = 1000;

/** What all listings have in common. */
export interface ListingParameters {
  readonly prefix: string;
  readonly delimiter: string;
  /** As asked, at most 1,000. */
  readonly maxKeys: number;
  readonly urlEncoding: boolean;
}

export function listingParameters(exchange: Exchange, limitName: 'max-keys' | 'max-uploads' = 'max-keys'): ListingParameters {
  const { query } = exchange;
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(MAX_PAGE, integerParameter(exchange, limitName, { fallback: MAX_PAGE, min: 0, max: 2 ** 31 - 1 })),
    urlEncoding: wantsUrlEncoding(exchange),
  };
}

export function wantsUrlEncoding(exchange: Exchange): boolean {
  const encoding = exchange.query.get('encoding-type');
  if (encoding === undefined || encoding === '') return false;
  if (encoding.toLowerCase() === 'url') return true;
  throw new S3Error('InvalidArgument', {
    message: 'Invalid Encoding Method specified in Request',
    fields: { ArgumentName: 'encoding-type', ArgumentValue: encoding },
  });
}

/** One page; a page of none is not asked for (S3 answers max-keys=0 with an empty, complete page). */
export async function listPage(exchange: Exchange, bucket: Bucket, parameters: ListingParameters, startAfter: string): Promise<ListPage> {
  if (parameters.maxKeys === 0) return { entries: [], truncated: false };
  const { prefix, delimiter, maxKeys } = parameters;
  return exchange.components.objects.list({ bucket: bucket.id, prefix, delimiter, startAfter, limit: maxKeys }, exchange.signal);
}

/** Keys and prefixes as `encoding-type=url` writes them, or as they are. */
export function nameEncoder(urlEncoding: boolean): (name: string) => string {
  return urlEncoding ? encodeName : (name) => name;
}

/** Percent-encoded UTF-8 but for letters, digits and `-_.*\/~`. */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/%2F|[!'()]/g, (each) =>
    each === '%2F' ? '/' : `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function contentsElement(
  exchange: Exchange,
  entry: ListEntry,
  options: { encode: (name: string) => string; owner: boolean },
): XmlElement | undefined {
  const { record } = entry;
  if (record === undefined) return undefined;
  const algorithms = record.checksums.map((c): XmlElement => ['ChecksumAlgorithm', algorithmName(c.algorithm)]);
  const [checksum] = record.checksums;
  return [
    'Contents',
    [
      ['Key', options.encode(entry.key)],
      ['LastModified', xmlDate(record.modifiedMs)],
      ['ETag', `"${record.etag}"`],
      ...algorithms,
      checksum === undefined ? undefined : ['ChecksumType', checksum.composite ? 'COMPOSITE' : 'FULL_OBJECT'],
      ['Size', record.sizeBytes],
      options.owner ? ownerElement(exchange, record.ownerId) : undefined,
      ['StorageClass', 'STANDARD'],
    ],
  ];
}

export function commonPrefixElements(prefixes: readonly string[], encode: (name: string) => string): XmlElement[] {
  return prefixes.map((prefix): XmlElement => ['CommonPrefixes', [['Prefix', encode(prefix)]]]);
}

export function commonPrefixes(entries: readonly ListEntry[]): string[] {
  return entries.filter((entry) => entry.commonPrefix).map((entry) => entry.key);
}

/** An element for a parameter that S3 echoes only when it was given. */
export function echoed(name: string, value: string | undefined): XmlElement | undefined {
  return value === undefined || value === '' ? undefined : [name, value];
}
