import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthDocument } from '@pilvi/admin-api';
import { NO_ETCD, startEtcdCluster } from '@pilvi/control-store/testing';
import { createClients, patiently } from '@pilvi/workload';
import { startCluster } from './cluster.ts';
import { etcdEnvironment, startClusterOnEtcd } from './with-etcd.ts';

/** Real etcd, real gateways. The time-outs only end what hangs. */
const HUNG = { timeout: 600_000, skip: NO_ETCD };
const PATIENCE_MS = 240_000;
/** Without etcd a partition whose leases lapsed does not come back: no use in waiting for it. */
const SHORT_PATIENCE_MS = 20_000;
const ATTEMPTS = 4;
const BUCKET = 'photos';
/** Few partitions: it is not their number that is tested, and each costs a slow machine some work. */
const SMALL = { PILVI_PARTITIONS: '16' };

test('C4: etcd without its quorum stops only what needs a change, and all resumes by itself', HUNG, async (t) => {
  await using started = await startClusterOnEtcd(3, { gateways: 2, env: SMALL });
  const { cluster, etcd } = started;
  const [a, b] = createClients(cluster, 2, { maxAttempts: 3, timeoutMs: 30_000 }) as [S3Client, S3Client];
  await patiently(() => a.send(new CreateBucketCommand({ Bucket: BUCKET })), PATIENCE_MS);
  await writeAndRead(a, b, 'before');

  // Its leader is killed: nobody notices.
  const leader = await etcd.leader();
  await etcd.kill(leader);
  await writeAndRead(a, b, 'leader-gone');
  etcd.start(leader);
  await etcd.leader();

  let wasSeen = false;
  for (let attempt = 0; attempt < ATTEMPTS && !wasSeen; attempt++) {
    for (const member of [0, 1]) await etcd.kill(member);
    await untilHealth(cluster.endpoints, (health) => health.controlStore !== '');
    await assert.rejects(a.send(new CreateBucketCommand({ Bucket: 'another' })));
    const failure = await writeAndReadAcross([a, b], `quorum-gone-${String(attempt)}`).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    // A machine that stood still for longer than the leases live has partitions that need a failover, and are not healthy.
    const isHealthy = (await Promise.all(cluster.endpoints.map(healthOf))).every((health) => health?.status === 'ok');
    if (failure !== undefined && isHealthy) throw failure;
    wasSeen = failure === undefined;

    for (const member of [0, 1]) etcd.start(member);
    await untilHealth(cluster.endpoints, (health) => health.controlStore === '' && health.status === 'ok');
  }
  if (!wasSeen) t.diagnostic('this machine is too slow to see healthy partitions serve without etcd');
  await patiently(() => a.send(new CreateBucketCommand({ Bucket: 'another' })), PATIENCE_MS);
  // What waited is done: a node that died gets its successors.
  await cluster.kill('storage-1');
  await writeAndRead(b, a, 'after');
  await cluster.recovered(PATIENCE_MS);
});

async function writeAndRead(writer: S3Client, reader: S3Client, key: string, patienceMs = PATIENCE_MS): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const at = { Bucket: BUCKET, Key: `${key}/${String(i)}` };
    await patiently(() => writer.send(new PutObjectCommand({ ...at, Body: at.Key })), patienceMs);
    const answer = await patiently(() => reader.send(new GetObjectCommand(at)), patienceMs);
    assert.equal(await answer.Body?.transformToString(), at.Key);
  }
}

/** From one gateway to the other, and back. */
async function writeAndReadAcross([a, b]: readonly [S3Client, S3Client], key: string): Promise<void> {
  await writeAndRead(a, b, `${key}/there`, SHORT_PATIENCE_MS);
  await writeAndRead(b, a, `${key}/back`, SHORT_PATIENCE_MS);
}

async function healthOf(endpoint: string): Promise<HealthDocument | undefined> {
  return fetch(`${endpoint}/_pilvi/health`).then(
    (response) => response.json() as Promise<HealthDocument>,
    () => undefined,
  );
}

async function untilHealth(endpoints: readonly string[], isSo: (health: HealthDocument) => boolean): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (const endpoint of endpoints) {
    for (let health = await healthOf(endpoint); health === undefined || !isSo(health); health = await healthOf(endpoint)) {
      assert.ok(performance.now() < untilMs, `${endpoint}: ${JSON.stringify(health)}`);
      await sleep(100);
    }
  }
}

test('control-store move: a cluster goes over to etcd while it serves, and then has two gateways', HUNG, async () => {
  await using etcd = await startEtcdCluster(1);
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-move-'));
  try {
    {
      await using cluster = await startCluster({ dataDir, env: SMALL });
      const [client] = createClients(cluster, 1, { maxAttempts: 3, timeoutMs: 30_000 }) as [S3Client];
      await patiently(() => client.send(new CreateBucketCommand({ Bucket: BUCKET })), PATIENCE_MS);
      await writeAndRead(client, client, 'before');
      const { PILVI_CONTROL_STORE: target, ...certificates } = etcdEnvironment(etcd);
      await cluster.command(['control-store', 'move', target!], certificates);
      await writeAndRead(client, client, 'after');
      await patiently(() => client.send(new CreateBucketCommand({ Bucket: 'another' })), PATIENCE_MS);
      // A failover in the map that etcd keeps: nodes go on with what they knew.
      await cluster.kill('storage-2');
      await writeAndRead(client, client, 'failover');
      await cluster.recovered(PATIENCE_MS);
    }
    await using cluster = await startCluster({ dataDir, gateways: 2 });
    const [a, b] = createClients(cluster, 2, { maxAttempts: 3, timeoutMs: 30_000 }) as [S3Client, S3Client];
    for (const key of ['before', 'after', 'failover']) {
      const answer = await patiently(() => b.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${key}/0` })), PATIENCE_MS);
      assert.equal(await answer.Body?.transformToString(), `${key}/0`);
    }
    await writeAndRead(a, b, 'two-gateways');
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('multipart: begun at one gateway, ended at another', HUNG, async () => {
  await using started = await startClusterOnEtcd(1, { gateways: 2, env: SMALL });
  const [a, b] = createClients(started.cluster, 2, { maxAttempts: 3, timeoutMs: 30_000 }) as [S3Client, S3Client];
  await patiently(() => a.send(new CreateBucketCommand({ Bucket: BUCKET })), PATIENCE_MS);
  const at = { Bucket: BUCKET, Key: 'large' };
  const { UploadId } = await patiently(() => b.send(new CreateMultipartUploadCommand(at)), PATIENCE_MS);
  const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('b')];
  const parts: CompletedPart[] = [];
  for (const [i, Body] of bodies.entries()) {
    const part = { ...at, UploadId, PartNumber: i + 1, Body };
    const { ETag } = await patiently(() => (i === 0 ? a : b).send(new UploadPartCommand(part)), PATIENCE_MS);
    parts.push({ ETag, PartNumber: i + 1 });
  }
  await patiently(() => a.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: parts } })), PATIENCE_MS);
  const answer = await patiently(() => b.send(new GetObjectCommand(at)), PATIENCE_MS);
  assert.ok(Buffer.concat(bodies).equals((await answer.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
});
