import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startEc2Cloud } from '../ec2/testing/ec2-cloud.ts';
import { ROOT, signedPost } from './testing/signed-post.ts';

test('one port serves S3, EC2 and STS, each as its requests are signed', async () => {
  await using cloud = await startEc2Cloud();
  assert.deepEqual((await cloud.s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  assert.equal((await cloud.ec2.send(new DescribeRegionsCommand({}))).Regions?.length, 1);
  const sts = new STSClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: ROOT });
  const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([Account, Arn, UserId], ['000000000000', 'arn:aws:iam::000000000000:root', '000000000000']);
  sts.destroy();
});

test('wrong credentials are refused in the words of each service', async () => {
  await using cloud = await startEc2Cloud();
  for (const credentials of [
    { ...ROOT, accessKeyId: 'PILVINOBODY000000001' },
    { ...ROOT, secretAccessKey: 'wrong' },
  ]) {
    const client = { endpoint: cloud.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
    const ec2 = new EC2Client(client);
    const sts = new STSClient(client);
    await assert.rejects(ec2.send(new DescribeRegionsCommand({})), { name: 'AuthFailure' });
    const name = credentials.accessKeyId === ROOT.accessKeyId ? 'SignatureDoesNotMatch' : 'InvalidClientTokenId';
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), (error: Error) => error.name === name);
    ec2.destroy();
    sts.destroy();
  }
});

test('unbuilt, unknown and malformed requests get the codes that EC2 gives', async () => {
  await using cloud = await startEc2Cloud();
  const { endpoint, ec2 } = cloud;
  assert.equal(await signedPost(endpoint, 'Version=2016-11-15'), '400 MissingAction');
  assert.equal(await signedPost(endpoint, 'Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16'), '400 UnsupportedOperation');
  assert.equal(await signedPost(endpoint, 'Action=Nonsense'), '400 InvalidAction');
  assert.equal(await signedPost(endpoint, 'Action=DescribeRegions&Nonsense=1'), '400 UnknownParameter');
  assert.equal(await signedPost(endpoint, 'Action=DescribeRegions&DryRun=true'), '412 DryRunOperation');
  assert.equal(await signedPost(endpoint, 'Action=DescribeRegions&Filter.1.Name=nonsense&Filter.1.Value.1=x'), '400 InvalidParameterValue');
  assert.equal(await signedPost(endpoint, 'Action=AssumeRole', { service: 'sts' }), '400 UnsupportedOperation');
  assert.equal(await signedPost(endpoint, 'Action=DescribeRegions', { sent: 'Action=DescribeSubnets' }), '401 AuthFailure');
  assert.equal(await signedPost(endpoint, `Action=DescribeRegions&X=${'x'.repeat(1024 ** 2)}`), '413 RequestEntityTooLarge');
  await assert.rejects(ec2.send(new DescribeRegionsCommand({ DryRun: true })), { name: 'DryRunOperation' });
});
