import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startMemoryS3 } from './testing/memory-s3.ts';
import { OTHER, type TestServer } from './testing/s3-server.ts';
import { refusal, sdkClient } from './testing/sdk-client.ts';

let server: TestServer;
let s3: S3Client;
before(async () => {
  server = await startMemoryS3();
  s3 = sdkClient(server);
});
after(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

test('a bucket is made, seen, and removed', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'made', CreateBucketConfiguration: { Tags: [{ Key: 'team', Value: 'a+b = ä' }] } }));
  await s3.send(new CreateBucketCommand({ Bucket: 'made' }));
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket: 'made' }))).BucketRegion, 'us-east-1');
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: 'made' }))).LocationConstraint, undefined);
  assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket: 'made' }))).TagSet, [{ Key: 'team', Value: 'a+b = ä' }]);
  await s3.send(new PutObjectCommand({ Bucket: 'made', Key: 'k', Body: 'x' }));
  assert.equal(await refusal(s3.send(new DeleteBucketCommand({ Bucket: 'made' }))), 'BucketNotEmpty');
  assert.equal(await refusal(s3.send(new HeadBucketCommand({ Bucket: 'never-made' }))), 'NotFound');
  assert.equal(await refusal(s3.send(new DeleteBucketCommand({ Bucket: 'never-made' }))), 'NoSuchBucket');
});

test('a name that is taken, wrong, or meant for another region is refused', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'taken' }));
  const other = sdkClient(server, OTHER);
  assert.equal(await refusal(other.send(new CreateBucketCommand({ Bucket: 'taken' }))), 'BucketAlreadyExists');
  assert.equal(await refusal(other.send(new PutObjectCommand({ Bucket: 'taken', Key: 'k', Body: '' }))), 'AccessDenied');
  other.destroy();
  assert.equal(await refusal(s3.send(new CreateBucketCommand({ Bucket: 'Wrong_Name' }))), 'InvalidBucketName');
  const far = { LocationConstraint: 'eu-west-1' } as const;
  assert.equal(
    await refusal(s3.send(new CreateBucketCommand({ Bucket: 'far-away', CreateBucketConfiguration: far }))),
    'IllegalLocationConstraintException',
  );
  assert.equal(await refusal(s3.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }))), 'NotImplemented');
  assert.equal(await refusal(s3.send(new CreateBucketCommand({ Bucket: 'open-to-all', ACL: 'public-read' }))), 'NotImplemented');
});

test('buckets are listed by page', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await s3.send(new CreateBucketCommand({ Bucket: name }));
  const first = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2 }));
  assert.deepEqual(
    first.Buckets?.map((b) => b.Name),
    ['page-a', 'page-b'],
  );
  const second = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, ContinuationToken: first.ContinuationToken }));
  assert.deepEqual(
    second.Buckets?.map((b) => b.Name),
    ['page-c'],
  );
  assert.equal(second.ContinuationToken, undefined);
});

test('tags of a bucket are set and removed', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'tagged' }));
  assert.equal(await refusal(s3.send(new GetBucketTaggingCommand({ Bucket: 'tagged' }))), 'NoSuchTagSet');
  const twice = {
    TagSet: [
      { Key: 'a', Value: '1' },
      { Key: 'a', Value: '2' },
    ],
  };
  assert.equal(await refusal(s3.send(new PutBucketTaggingCommand({ Bucket: 'tagged', Tagging: twice }))), 'InvalidTag');
  await s3.send(new PutBucketTaggingCommand({ Bucket: 'tagged', Tagging: { TagSet: [{ Key: 'a', Value: '' }] } }));
  assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket: 'tagged' }))).TagSet, [{ Key: 'a', Value: '' }]);
  await s3.send(new DeleteBucketTaggingCommand({ Bucket: 'tagged' }));
  assert.equal(await refusal(s3.send(new GetBucketTaggingCommand({ Bucket: 'tagged' }))), 'NoSuchTagSet');
});

test('configuration that was never set reads as AWS reports it', async () => {
  const Bucket = 'plain';
  await s3.send(new CreateBucketCommand({ Bucket }));
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  assert.equal((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'BucketOwner');
  const acl = await s3.send(new GetBucketAclCommand({ Bucket }));
  assert.equal(acl.Grants?.length, 1);
  assert.equal(acl.Grants[0]?.Permission, 'FULL_CONTROL');
  assert.equal(acl.Grants[0]?.Grantee?.ID, acl.Owner?.ID);
  const rules = (await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
  assert.deepEqual(rules, [{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  const block = (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
  assert.deepEqual(block, { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true });
  const encryption = (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration;
  assert.equal(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256');
  assert.equal(await refusal(s3.send(new GetBucketPolicyCommand({ Bucket }))), 'NoSuchBucketPolicy');
  assert.equal(await refusal(s3.send(new GetBucketCorsCommand({ Bucket }))), 'NoSuchCORSConfiguration');
  assert.equal(await refusal(s3.send(new GetBucketWebsiteCommand({ Bucket }))), 'NoSuchWebsiteConfiguration');
  assert.equal(await refusal(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))), 'NoSuchLifecycleConfiguration');
  assert.equal(await refusal(s3.send(new GetBucketReplicationCommand({ Bucket }))), 'ReplicationConfigurationNotFoundError');
  assert.equal(await refusal(s3.send(new GetObjectLockConfigurationCommand({ Bucket }))), 'ObjectLockConfigurationNotFoundError');
});

test('the public access block is kept, and removed', async () => {
  const Bucket = 'blocked';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const block = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: false };
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }));
  assert.deepEqual((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration, block);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  assert.equal(await refusal(s3.send(new GetPublicAccessBlockCommand({ Bucket }))), 'NoSuchPublicAccessBlockConfiguration');
});

test('configuration may be set to what it is, and to nothing else', async () => {
  const Bucket = 'fixed';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const owner = (ObjectOwnership: 'BucketOwnerEnforced' | 'ObjectWriter'): Promise<unknown> =>
    s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }));
  await owner('BucketOwnerEnforced');
  assert.equal(await refusal(owner('ObjectWriter')), 'NotImplemented');
  await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  assert.equal(await refusal(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))), 'OwnershipControlsNotFoundError');
  await owner('BucketOwnerEnforced');
  const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
  assert.deepEqual(OwnershipControls?.Rules, [{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  assert.equal(
    await refusal(s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))),
    'NotImplemented',
  );
});
