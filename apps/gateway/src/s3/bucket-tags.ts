import type { Tag } from '@pilvi/contracts/index/v1/record';
import type { Bucket } from '@pilvi/object-store';

/** The name of the configuration document that holds a bucket's tags. */
export const TAGGING_DOCUMENT = 'tagging';

export function storedBucketTags(tags: readonly Tag[]): string {
  return JSON.stringify(tags.map(({ key, value }) => ({ key, value })));
}

export function bucketTags(bucket: Bucket): Tag[] {
  const stored = bucket.configuration[TAGGING_DOCUMENT];
  return stored === undefined ? [] : (JSON.parse(stored) as Tag[]);
}
