// The control store loses its leader, then its quorum.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { patiently } from '@pilvi/workload';
import { scenariosOn } from '../src/scenario.ts';

const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 100;

const scenario = scenariosOn({ gateways: 1, etcdMembers: 3, partitions: 16 });

scenario('etcd loses its leader, then its quorum', { smoke: true }, async ({ cluster, serviceGoesOn }) => {
  const client = new S3Client({ ...cluster.s3ClientConfig(), maxAttempts: 1 });
  const leader = await cluster.etcdLeader();
  assert.ok(leader !== undefined, 'etcd has a leader');
  await cluster.etcd(leader).kill();
  await serviceGoesOn();
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: 'without-the-first-leader' })), PATIENCE_MS);

  // The second of three: nothing can be decided any more.
  const second = (leader + 1) % 3;
  await cluster.etcd(second).kill();
  await serviceGoesOn();
  const undecided = client.send(new CreateBucketCommand({ Bucket: 'without-a-quorum' }));
  await assert.rejects(undecided, { name: 'ServiceUnavailable' }, 'what needs the control store is refused clearly');
  const untilMs = performance.now() + PATIENCE_MS;
  while ((await cluster.status()).controlStore === '') {
    assert.ok(performance.now() < untilMs, 'the status tells of it');
    await sleep(LOOK_EVERY_MS);
  }
  await serviceGoesOn();

  await cluster.etcd(second).start();
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: 'with-a-quorum-again' })), PATIENCE_MS);
  await cluster.etcd(leader).start();
  // What waited for it goes on: a node that dies gets its successors.
  await cluster.node('storage-1').kill();
  await serviceGoesOn();
  await cluster.node('storage-1').start();
  client.destroy();
});
