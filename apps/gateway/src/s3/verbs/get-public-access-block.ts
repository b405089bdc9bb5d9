import { S3Error } from '@pilvi/s3-protocol';
import { publicAccessBlock, publicAccessBlockElements } from '../public-access-block.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const getPublicAccessBlock: BucketVerb = {
  on: 'bucket',
  name: 'GetPublicAccessBlock',
  action: 's3:GetBucketPublicAccessBlock',
  run: async (_exchange, bucket) => {
    const block = publicAccessBlock(bucket);
    if (block === undefined) throw new S3Error('NoSuchPublicAccessBlockConfiguration', { fields: { BucketName: bucket.name } });
    return xmlReply(document('PublicAccessBlockConfiguration', publicAccessBlockElements(block)));
  },
};
