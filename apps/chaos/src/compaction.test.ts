import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_ETCD } from '@pilvi/control-store/testing';
import { createClients, digestOf, Ledger, patiently, readBack } from '@pilvi/workload';
import type { Cluster } from './cluster.ts';
import { startClusterOnEtcd } from './with-etcd.ts';

const PATIENCE_MS = 240_000;
const BUCKET = 'compacted';

test(
  'a gateway that comes back after etcd forgot what it missed reads everything again, and goes on',
  { timeout: 900_000, skip: NO_ETCD },
  async () => {
    await using started = await startClusterOnEtcd(1, { gateways: 2, env: { PILVI_PARTITIONS: '16' } });
    const { cluster, etcd } = started;
    const [a, b] = createClients(cluster, 2, { maxAttempts: 3, timeoutMs: 30_000 }) as [S3Client, S3Client];
    const ledger = new Ledger();
    await patiently(() => a.send(new CreateBucketCommand({ Bucket: BUCKET })), PATIENCE_MS);
    await write(b, 'before', ledger);

    const paused = (await cluster.pid('gateway-2'))!;
    process.kill(paused, 'SIGSTOP');
    try {
      // Its streams end with etcd: it has to ask for what came after.
      await etcd.kill(0);
      etcd.start(0);
      await etcd.leader();
      await patiently(() => a.send(new CreateBucketCommand({ Bucket: 'another' })), PATIENCE_MS);
      // A failover of every partition that it led, and back.
      await cluster.kill('storage-1');
      await write(a, 'meanwhile', ledger);
      await etcd.compact();
    } finally {
      process.kill(paused, 'SIGCONT');
    }
    await untilLogged(cluster, 'gateway-2', /compacted/);
    assert.equal(await cluster.pid('gateway-2'), paused, 'it goes on as it is');
    await write(b, 'after', ledger);
    await patiently(() => b.send(new PutObjectCommand({ Bucket: 'another', Key: 'key', Body: 'body' })), PATIENCE_MS);
    // Its new watches tell it of the next failover, too.
    await cluster.recovered(PATIENCE_MS);
    await cluster.kill('storage-2');
    await write(b, 'failover', ledger);
    const answer = await patiently(() => a.send(new GetObjectCommand({ Bucket: 'another', Key: 'key' })), PATIENCE_MS);
    assert.equal(await answer.Body?.transformToString(), 'body');
    for (const client of [a, b]) assert.deepEqual(await readBack(client, BUCKET, ledger), { lost: [], unreadable: [] });
    await cluster.whole(PATIENCE_MS);
  },
);

async function write(client: S3Client, prefix: string, ledger: Ledger): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const [key, body] = [`${prefix}/${String(i)}`, Buffer.from(`${prefix} ${String(i)}`)];
    await patiently(() => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })), PATIENCE_MS);
    ledger.acknowledged(key, digestOf(body));
  }
}

async function untilLogged(cluster: Cluster, name: string, what: RegExp): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!what.test(await readFile(join(cluster.dataDir, 'log', `${name}.log`), 'utf8'))) {
    assert.ok(performance.now() < untilMs, `${name} does not say ${String(what)}`);
    await sleep(200);
  }
}
