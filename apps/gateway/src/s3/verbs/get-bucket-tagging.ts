import { S3Error } from '@pilvi/s3-protocol';
import { bucketTags } from '../bucket-tags.ts';
import { xmlReply } from '../reply.ts';
import { tagging } from '../tags.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const getBucketTagging: BucketVerb = {
  on: 'bucket',
  name: 'GetBucketTagging',
  action: 's3:GetBucketTagging',
  run: async (_exchange, bucket) => {
    const tags = bucketTags(bucket);
    if (tags.length === 0) throw new S3Error('NoSuchTagSet', { fields: { BucketName: bucket.name } });
    return xmlReply(document('Tagging', [tagging(tags)]));
  },
};
