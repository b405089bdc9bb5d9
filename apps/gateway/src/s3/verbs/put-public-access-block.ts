import { parseXml } from '@pilvi/s3-protocol';
import { parsePublicAccessBlock, PUBLIC_ACCESS_BLOCK_DOCUMENT } from '../public-access-block.ts';
import { emptyReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';

const MAX_DOCUMENT_BYTES = 65_536;

export const putPublicAccessBlock: BucketVerb = {
  on: 'bucket',
  name: 'PutPublicAccessBlock',
  action: 's3:PutBucketPublicAccessBlock',
  run: async (exchange, bucket) => {
    const document = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), 'PublicAccessBlockConfiguration');
    await exchange.components.buckets.configure(
      bucket.name,
      PUBLIC_ACCESS_BLOCK_DOCUMENT,
      parsePublicAccessBlock(document),
      exchange.signal,
    );
    return emptyReply();
  },
};
