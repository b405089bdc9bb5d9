import { noContent } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';

export const deleteBucket: BucketVerb = {
  on: 'bucket',
  name: 'DeleteBucket',
  action: 's3:DeleteBucket',
  run: async (exchange, bucket) => {
    await exchange.components.buckets.delete(bucket.name, exchange.signal);
    return noContent();
  },
};
