import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const getBucketLocation: BucketVerb = {
  on: 'bucket',
  name: 'GetBucketLocation',
  action: 's3:GetBucketLocation',
  // us-east-1 is spelled by an empty element.
  run: async (_exchange, bucket) => xmlReply(document('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)),
};
