import { parseXml, requiredChild } from '@pilvi/s3-protocol';
import { storedBucketTags, TAGGING_DOCUMENT } from '../bucket-tags.ts';
import { noContent } from '../reply.ts';
import { MAX_BUCKET_TAGS, parseTagSet } from '../tags.ts';
import type { BucketVerb } from '../verb.ts';

const MAX_DOCUMENT_BYTES = 262_144;

export const putBucketTagging: BucketVerb = {
  on: 'bucket',
  name: 'PutBucketTagging',
  action: 's3:PutBucketTagging',
  run: async (exchange, bucket) => {
    const document = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), 'Tagging');
    const tags = parseTagSet(requiredChild(document, 'TagSet'), MAX_BUCKET_TAGS);
    await exchange.components.buckets.configure(bucket.name, TAGGING_DOCUMENT, storedBucketTags(tags), exchange.signal);
    return noContent();
  },
};
