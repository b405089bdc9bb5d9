import type { Bucket } from '@pilvi/object-store';
import { childOf, childrenOf, parseXml, S3Error, textOf } from '@pilvi/s3-protocol';
import type { Exchange } from '../exchange.ts';
import { checkVersionId } from '../exchange.ts';
import { emptyReply, type Reply, xmlReply } from '../reply.ts';
import type { BucketVerb, ObjectVerb } from '../verb.ts';
import { document } from '../xml-document.ts';
import { ownerElement } from '../xml-owner.ts';

// Every bucket is BucketOwnerEnforced: the one grant is the owner's full control, and an ACL may say that and nothing else.

const MAX_DOCUMENT_BYTES = 65_536;

export const getBucketAcl: BucketVerb = {
  on: 'bucket',
  name: 'GetBucketAcl',
  action: 's3:GetBucketAcl',
  run: async (exchange, bucket) => ownerFullControl(exchange, bucket.ownerId),
};

export const getObjectAcl: ObjectVerb = {
  on: 'object',
  name: 'GetObjectAcl',
  action: 's3:GetObjectAcl',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    const record = await exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal);
    return ownerFullControl(exchange, record.ownerId);
  },
};

export const putBucketAcl: BucketVerb = {
  on: 'bucket',
  name: 'PutBucketAcl',
  action: 's3:PutBucketAcl',
  run: async (exchange, bucket) => acceptPrivate(exchange, bucket),
};

export const putObjectAcl: ObjectVerb = {
  on: 'object',
  name: 'PutObjectAcl',
  action: 's3:PutObjectAcl',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    await exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal);
    return acceptPrivate(exchange, bucket);
  },
};

function ownerFullControl(exchange: Exchange, ownerId: string): Reply {
  const grant = ['Grant', [ownerElement(exchange, ownerId, 'Grantee'), ['Permission', 'FULL_CONTROL']]] as const;
  return xmlReply(document('AccessControlPolicy', [ownerElement(exchange, ownerId), ['AccessControlList', [grant]]]));
}

/** `refused-headers.ts` has turned away every canned ACL and grant header that means something else. */
async function acceptPrivate(exchange: Exchange, bucket: Bucket): Promise<Reply> {
  const text = await exchange.body.readDocument(MAX_DOCUMENT_BYTES);
  if (text.length === 0) {
    if (exchange.headers['x-amz-acl'] !== undefined) return emptyReply();
    throw new S3Error('MissingSecurityHeader', { fields: { MissingHeaderName: 'x-amz-acl' } });
  }
  const policy = parseXml(text, 'AccessControlPolicy');
  const list = childOf(policy, 'AccessControlList');
  const grants = list === undefined ? [] : childrenOf(list, 'Grant');
  const ownerOnly = grants.every((grant) => {
    const grantee = childOf(grant, 'Grantee');
    return textOf(grant, 'Permission') === 'FULL_CONTROL' && grantee !== undefined && textOf(grantee, 'ID') === bucket.ownerId;
  });
  if (grants.length === 0 || !ownerOnly)
    throw new S3Error('NotImplemented', { message: 'The only access control list implemented is the owner’s full control' });
  return emptyReply();
}
