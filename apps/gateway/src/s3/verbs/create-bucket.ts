import type { Tag } from '@pilvi/contracts/index/v1/record';
import type { Bucket } from '@pilvi/object-store';
import { childOf, parseXml, S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import { checkBucketName } from '../bucket-name.ts';
import { storedBucketTags } from '../bucket-tags.ts';
import { storeFailure } from '../error-table.ts';
import { callerAccount, type Exchange } from '../exchange.ts';
import { emptyReply } from '../reply.ts';
import { MAX_BUCKET_TAGS, parseTagSet } from '../tags.ts';
import type { NewBucketVerb } from '../verb.ts';

const MAX_DOCUMENT_BYTES = 65_536;
/** The region whose name is spelled by leaving LocationConstraint out, and where creating one's own bucket again succeeds. */
const CLASSIC_REGION = 'us-east-1';

export const createBucket: NewBucketVerb = {
  on: 'new-bucket',
  name: 'CreateBucket',
  action: 's3:CreateBucket',
  run: async (exchange, bucketName) => {
    const { components } = exchange;
    checkBucketName(bucketName);
    const text = await exchange.body.readDocument(MAX_DOCUMENT_BYTES);
    const asked = text.length === 0 ? undefined : parseXml(text, 'CreateBucketConfiguration');
    checkLocation(asked === undefined ? undefined : textOf(asked, 'LocationConstraint'), components.region);
    const tags = asked === undefined ? [] : askedTags(asked);
    await create(exchange, bucketName, tags);
    return emptyReply(['Location', `/${bucketName}`, 'x-amz-bucket-arn', `arn:aws:s3:::${bucketName}`]);
  },
};

async function create(exchange: Exchange, name: string, tags: Tag[]): Promise<Bucket | undefined> {
  const { components, signal } = exchange;
  const ownerId = callerAccount(exchange).canonicalId;
  const configuration = tags.length === 0 ? {} : { tagging: storedBucketTags(tags) };
  try {
    return await components.buckets.create({ name, ownerId, region: components.region, configuration }, signal);
  } catch (error) {
    const failure = storeFailure(error);
    if (failure?.code !== 'bucket-exists') throw error;
    if (failure.ownerId !== ownerId) throw new S3Error('BucketAlreadyExists', { cause: error, fields: { BucketName: name } });
    if (components.region === CLASSIC_REGION) return undefined;
    throw new S3Error('BucketAlreadyOwnedByYou', { cause: error, fields: { BucketName: name } });
  }
}

/** Source: CreateBucket in the S3 API reference. A cluster is one region; leaving the constraint out means that one. */
function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === undefined || constraint === '') return;
  if (constraint === CLASSIC_REGION) throw new S3Error('InvalidLocationConstraint', { fields: { LocationConstraint: constraint } });
  const named = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (named === region) return;
  throw new S3Error('IllegalLocationConstraintException', {
    message: `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  });
}

function askedTags(configuration: XmlNode): Tag[] {
  for (const refused of ['Location', 'Bucket']) {
    if (childOf(configuration, refused) !== undefined)
      throw new S3Error('NotImplemented', { message: 'Directory buckets are not implemented' });
  }
  const tags = childOf(configuration, 'Tags');
  return tags === undefined ? [] : parseTagSet(tags, MAX_BUCKET_TAGS);
}
