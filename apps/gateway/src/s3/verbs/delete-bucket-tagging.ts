import { TAGGING_DOCUMENT } from '../bucket-tags.ts';
import { noContent } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';

export const deleteBucketTagging: BucketVerb = {
  on: 'bucket',
  name: 'DeleteBucketTagging',
  action: 's3:PutBucketTagging',
  run: async (exchange, bucket) => {
    await exchange.components.buckets.configure(bucket.name, TAGGING_DOCUMENT, undefined, exchange.signal);
    return noContent();
  },
};
