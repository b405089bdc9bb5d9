import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyObjectCommand, CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createInMemoryCloud, type ObjectStore } from '@pilvi/object-store';
import { startS3Server } from './testing/s3-server.ts';
import { refusal, sdkClient } from './testing/sdk-client.ts';

const Bucket = 'conditions';

test('a copy whose condition fails already is refused before its bytes are moved', async () => {
  await using cloud = createInMemoryCloud();
  const written: string[] = [];
  const objects: ObjectStore = {
    ...cloud.objects,
    putObject: (input, signal) => {
      written.push(input.key);
      return cloud.objects.putObject(input, signal);
    },
  };
  await using server = await startS3Server({ objects, buckets: cloud.buckets });
  const s3 = sdkClient(server);
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'x' }));
    const copy = (Key: string, condition: object): Promise<unknown> =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/there`, MetadataDirective: 'REPLACE', ...condition }));
    assert.equal(await refusal(copy('there', { IfNoneMatch: '*' })), 'PreconditionFailed');
    assert.equal(await refusal(copy('there', { IfNoneMatch: ETag })), 'PreconditionFailed');
    assert.equal(await refusal(copy('there', { IfMatch: '"other"' })), 'PreconditionFailed');
    assert.equal(await refusal(copy('gone', { IfMatch: ETag })), 'NoSuchKey');
    assert.deepEqual(written, ['there']);
    await copy('there', { IfMatch: ETag });
    await copy('new', { IfNoneMatch: '*' });
    assert.deepEqual(written, ['there', 'there', 'new']);
  } finally {
    s3.destroy();
  }
});
