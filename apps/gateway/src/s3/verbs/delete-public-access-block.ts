import { PUBLIC_ACCESS_BLOCK_DOCUMENT, REMOVED } from '../public-access-block.ts';
import { noContent } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';

export const deletePublicAccessBlock: BucketVerb = {
  on: 'bucket',
  name: 'DeletePublicAccessBlock',
  action: 's3:PutBucketPublicAccessBlock',
  run: async (exchange, bucket) => {
    await exchange.components.buckets.configure(bucket.name, PUBLIC_ACCESS_BLOCK_DOCUMENT, REMOVED, exchange.signal);
    return noContent();
  },
};
