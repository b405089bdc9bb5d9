import type { BucketVerb } from '../verb.ts';

export const headBucket: BucketVerb = {
  on: 'bucket',
  name: 'HeadBucket',
  action: 's3:ListBucket',
  run: async (_exchange, bucket) => ({
    kind: 'headers',
    status: 200,
    headers: [
      'Content-Type',
      'application/xml',
      'x-amz-bucket-region',
      bucket.region,
      'x-amz-bucket-arn',
      `arn:aws:s3:::${bucket.name}`,
      'x-amz-access-point-alias',
      'false',
    ],
  }),
};
