import type { Tag } from '@pilvi/contracts/index/v1/record';
import { childrenOf, S3Error, textOf, type XmlElement, type XmlNode } from '@pilvi/s3-protocol';
import { parseQuery } from './request-target.ts';

/** Source: "Categorizing your objects using tags" in the S3 user guide. */
export const MAX_OBJECT_TAGS = 10;
export const MAX_BUCKET_TAGS = 50;
const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

/** The x-amz-tagging header: `key1=value1&key2=value2`, URL-encoded. */
export function parseTagHeader(header: string | undefined): Tag[] {
  if (header === undefined || header === '') return [];
  if (header.split('&').length !== parseQuery(header).size) throw duplicate();
  const tags = [...parseQuery(header)].map(([key, value]) => ({ key, value }));
  return checkTags(tags, MAX_OBJECT_TAGS);
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
    if (key === '' || key.length > MAX_KEY_LENGTH)
      throw new S3Error('InvalidTag', { message: 'The TagKey you have provided is invalid', fields: { TagKey: key } });
    if (value.length > MAX_VALUE_LENGTH)
      throw new S3Error('InvalidTag', { message: 'The TagValue you have provided is invalid', fields: { TagKey: key, TagValue: value } });
    if (key.startsWith('aws:'))
      throw new S3Error('InvalidTag', { message: 'System tags cannot be added/updated by requester', fields: { TagKey: key } });
  }
  if (new Set(tags.map((tag) => tag.key)).size !== tags.length) throw duplicate();
  return tags;
}

function duplicate(): S3Error {
  return new S3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' });
}

function byKey(one: Tag, other: Tag): number {
  return one.key < other.key ? -1 : 1;
}
