// One container: what somebody's test of an application starts with.
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';
import { PilviContainer } from '@pilvi/testcontainers';
import type { StartedPilvi } from '@pilvi/testcontainers';

const HUNG = { timeout: 600_000 };

test('a store in one container keeps what it is given', HUNG, async () => {
  await using cloud = await new PilviContainer().start();
  assert.match(cloud.endpoint, /^http:/);
  await putAndGet(cloud, new S3Client(cloud.s3ClientConfig()));
});

test('three nodes, three copies, HTTPS', HUNG, async () => {
  await using cloud = await new PilviContainer({ nodes: 3, tls: true, domain: 'localhost' }).start();
  assert.match(cloud.endpoint, /^https:/);
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca: cloud.certificate }) });
  await putAndGet(cloud, new S3Client({ ...cloud.s3ClientConfig(), requestHandler }));
  const { output } = await cloud.container.exec(['pilvi', 'status']);
  assert.match(output, /storage-3/);
});

test('what makes no store is refused before anything starts', () => {
  assert.throws(() => new PilviContainer({ nodes: 0 }), { name: 'PilviTestingError', code: 'bad-option' });
  assert.throws(() => new PilviContainer({ nodes: 2, copies: 3 }), { code: 'bad-option' });
});

async function putAndGet(cloud: StartedPilvi, client: S3Client): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'cat.txt', Body: 'meow' }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'photos', Key: 'cat.txt' }));
  assert.equal(await Body?.transformToString(), 'meow');
  client.destroy();
}
