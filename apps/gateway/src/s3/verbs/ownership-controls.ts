import type { Bucket } from '@pilvi/object-store';
import { childrenOf, parseXml, S3Error, textOf } from '@pilvi/s3-protocol';
import { emptyReply, noContent, xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

// Every bucket is BucketOwnerEnforced, and stays so: what is kept is whether the controls were removed, as Terraform removes and reads them.

const MAX_DOCUMENT_BYTES = 65_536;
const OWNERSHIP_CONTROLS_DOCUMENT = 'ownership-controls';
const REMOVED = 'removed';

export const getBucketOwnershipControls: BucketVerb = {
  on: 'bucket',
  name: 'GetBucketOwnershipControls',
  action: 's3:GetBucketOwnershipControls',
  run: async (_exchange, bucket) => {
    if (wereRemoved(bucket)) throw new S3Error('OwnershipControlsNotFoundError', { fields: { BucketName: bucket.name } });
    return xmlReply(document('OwnershipControls', [['Rule', [['ObjectOwnership', 'BucketOwnerEnforced']]]]));
  },
};

export const putBucketOwnershipControls: BucketVerb = {
  on: 'bucket',
  name: 'PutBucketOwnershipControls',
  action: 's3:PutBucketOwnershipControls',
  run: async (exchange, bucket) => {
    const controls = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), 'OwnershipControls');
    const rules = childrenOf(controls, 'Rule');
    if (rules.length === 0) throw new S3Error('MalformedXML');
    if (!rules.every((rule) => textOf(rule, 'ObjectOwnership') === 'BucketOwnerEnforced'))
      throw new S3Error('NotImplemented', { message: 'The only object ownership implemented is BucketOwnerEnforced' });
    if (wereRemoved(bucket))
      await exchange.components.buckets.configure(bucket.name, OWNERSHIP_CONTROLS_DOCUMENT, undefined, exchange.signal);
    return emptyReply();
  },
};

export const deleteBucketOwnershipControls: BucketVerb = {
  on: 'bucket',
  name: 'DeleteBucketOwnershipControls',
  action: 's3:PutBucketOwnershipControls',
  run: async (exchange, bucket) => {
    await exchange.components.buckets.configure(bucket.name, OWNERSHIP_CONTROLS_DOCUMENT, REMOVED, exchange.signal);
    return noContent();
  },
};

function wereRemoved(bucket: Bucket): boolean {
  return bucket.configuration[OWNERSHIP_CONTROLS_DOCUMENT] === REMOVED;
}
