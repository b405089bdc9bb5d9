import type { Tag } from '@pilvi/contracts/index/v1/record';
import { childrenOf, S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import { parseQuery, type Query } from './request-target.ts';

/** Source: "Categorizing your objects using tags" in the S3 user guide. */
export const MAX_OBJECT_TAGS = 10;
export const MAX_BUCKET_TAGS = 50;
/** Lengths are in Unicode characters. */
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const RESERVED_PREFIX = /^aws:/i;

/** The x-amz-tagging header: `key1=value1&key2=value2`, URL-encoded. Throws InvalidArgument and InvalidTag. */
export function parseTagHeader(header: string | undefined): Tag[] {
  if (header === undefined || header === '') return [];
  const tags = [...parsedHeader(header)].map(([key, value]) => ({ key, value }));
  return checkTags(tags, MAX_OBJECT_TAGS);
}

function parsedHeader(header: string): Query {
  let cause: unknown;
  try {
    const query = parseQuery(header);
    if (header.split('&').length === query.size) return query;
  } catch (error) {
    cause = error;
  }
  throw new S3Error('InvalidArgument', {
    message: "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    fields: { ArgumentName: 'x-amz-tagging', ArgumentValue: header },
    cause,
  });
}

/** The children of a `TagSet` (or `Tags`) element. Throws MalformedXML and InvalidTag. */
export function parseTagSet(tagSet: XmlNode, maxTags: number): Tag[] {
  const tags = childrenOf(tagSet, 'Tag').map((tag) => {
    const key = textOf(tag, 'Key');
    const value = textOf(tag, 'Value');
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return { key, value };
  });
  return checkTags(tags, maxTags);
}

/** Ordered by key: S3 promises no order, and clients compare. */
export function tagging(tags: readonly Tag[]): XmlElement {
  return [
    'TagSet',
    [...tags].sort(byKey).map(({ key, value }): XmlElement => [
      'Tag',
      [
        ['Key', key],
        ['Value', value],
      ],
    ]),
  ];
}

function checkTags(tags: Tag[], maxTags: number): Tag[] {
  if (tags.length > maxTags) {
    const what = maxTags === MAX_OBJECT_TAGS ? 'Object' : 'Bucket';
    throw new S3Error('BadRequest', { message: `${what} tags cannot be greater than ${maxTags}` });
  }
  for (const { key, value } of tags) {
    if (!TAG_KEY.test(key))
      throw new S3Error('InvalidTag', { message: 'The TagKey you have provided is invalid', fields: { TagKey: key } });
    if (!TAG_VALUE.test(value))
      throw new S3Error('InvalidTag', { message: 'The TagValue you have provided is invalid', fields: { TagKey: key, TagValue: value } });
    if (RESERVED_PREFIX.test(key))
      throw new S3Error('InvalidTag', { message: 'System tags cannot be added/updated by requester', fields: { TagKey: key } });
  }
  if (new Set(tags.map((tag) => tag.key)).size !== tags.length)
    throw new S3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' });
  return tags;
}

function byKey(one: Tag, other: Tag): number {
  return one.key < other.key ? -1 : 1;
}
