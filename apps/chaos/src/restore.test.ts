import { CreateBucketCommand, DeleteBucketCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { NO_ETCD, startEtcdCluster } from '@pilvi/control-store/testing';
import { createClient, digestOf, Ledger, patiently, readBack } from '@pilvi/workload';
import { CLI, endAtOnce, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { etcdEnvironment } from './with-etcd.ts';

const run = promisify(execFile);
const HUNG_MS = 900_000;
const PATIENCE_MS = 240_000;
const SMALL = { PILVI_PARTITIONS: '16' };
const NODES = ['storage-1', 'storage-2', 'storage-3'];
const SIZES = [700, 40_000, 1_200_000];
const BEFORE = 'before';
const LATER = 'later';
const DOOMED = 'doomed';

test(
  'the control data of the one gateway is lost with all copies: a backup and what the nodes know bring everything back',
  { timeout: HUNG_MS },
  async (t) => {
    const { dataDir, backup, ledgers } = await temporary(t);
    {
      await using cluster = await startCluster({ dataDir, env: SMALL });
      await history(cluster, backup, ledgers);
      await assertRefused(cluster, ['control-store', 'restore', backup], /control data is there/);
      await endAtOnce(await cluster.pids());
    }
    for (const place of ['gateway-1', ...NODES]) await rm(join(dataDir, place, 'control'), { recursive: true });
    const staged = await run(process.execPath, [CLI, 'control-store', 'restore', backup], {
      env: { ...process.env, PILVI_DATA_DIR: dataDir },
    });
    assert.match(staged.stdout, /restores it when it starts/);
    await using cluster = await startCluster({ dataDir });
    await assertWhole(cluster, await cluster.command(['control-store', 'restored']), ledgers);
  },
);

test(
  'etcd is lost with all its data while the storage nodes run on: a backup and what they know bring everything back',
  { timeout: HUNG_MS, skip: NO_ETCD },
  async (t) => {
    const { dataDir, backup, ledgers } = await temporary(t);
    await using etcd = await startEtcdCluster(1);
    await using cluster = await startCluster({ dataDir, gateways: 2, env: { ...SMALL, ...etcdEnvironment(etcd) } });
    await history(cluster, backup, ledgers);
    for (const gateway of ['gateway-1', 'gateway-2']) await cluster.command(['node', 'stop', gateway]);
    await etcd.kill(0);
    await rm(join(etcd.tlsDir, 'm0'), { recursive: true });
    etcd.start(0);
    const restoring = cluster.command(['control-store', 'restore', backup]);
    await cluster.command(['node', 'start', 'gateway-1']);
    const said = await restoring;
    await cluster.command(['node', 'start', 'gateway-2']);
    await assertWhole(cluster, said, ledgers);
  },
);

interface Ledgers {
  readonly [BEFORE]: Ledger;
  readonly [LATER]: Ledger;
}

async function temporary(t: {
  after: (work: () => Promise<void>) => void;
}): Promise<{ dataDir: string; backup: string; ledgers: Ledgers }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-restore-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir, backup: join(dataDir, 'control.backup'), ledgers: { [BEFORE]: new Ledger(), [LATER]: new Ledger() } };
}

/** A backup, and what it knows nothing of: objects, a killed and a replaced node, a bucket that came and one that went. */
async function history(cluster: Cluster, backup: string, ledgers: Ledgers): Promise<void> {
  const client = clientOf(cluster);
  for (const bucket of [BEFORE, DOOMED]) await patiently(() => client.send(new CreateBucketCommand({ Bucket: bucket })), PATIENCE_MS);
  await write(client, BEFORE, 'one', ledgers);
  await cluster.command(['control-store', 'backup', backup]);
  assert.equal((await stat(backup)).mode & 0o777, 0o600, 'it holds secrets');
  await assertRefused(cluster, ['control-store', 'backup', backup], /is there already/);
  const text = await readFile(backup, 'utf8');
  await writeFile(`${backup}.damaged`, text.replace(/"value":"./, '"value":"?'));
  await assertRefused(cluster, ['control-store', 'restore', `${backup}.damaged`], /damaged or cut short/);
  await assertRefused(cluster, ['control-store', 'restore', CLI], /no backup/);

  await write(client, BEFORE, 'two', ledgers);
  await cluster.kill('storage-1');
  await write(client, BEFORE, 'three', ledgers);
  await cluster.recovered(PATIENCE_MS);
  await cluster.command(['node', 'stop', 'storage-2']);
  await rm(join(cluster.dataDir, 'storage-2'), { recursive: true });
  await cluster.command(['node', 'start', 'storage-2']);
  await write(client, BEFORE, 'four', ledgers);
  await cluster.whole(PATIENCE_MS);
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: LATER })), PATIENCE_MS);
  await patiently(() => client.send(new DeleteBucketCommand({ Bucket: DOOMED })), PATIENCE_MS);
  await write(client, LATER, 'five', ledgers);
  client.destroy();
}

/** Everything acknowledged is there, and the cluster goes on as any: failover, refill, new buckets. */
async function assertWhole(cluster: Cluster, report: string, ledgers: Ledgers): Promise<void> {
  const client = clientOf(cluster);
  const lost = { lost: [], unreadable: [] };
  assert.match(report, /16 of 16 partitions were configured anew/);
  assert.match(report, /1 bucket of the backup refused objects .*doomed/);
  const [, id] = /adopt ID NAME": ([0-9a-f]+)/.exec(report) ?? [];
  assert.ok(id !== undefined, report);
  assert.deepEqual(await readBack(client, BEFORE, ledgers[BEFORE]), lost);
  await cluster.command(['control-store', 'adopt', id, LATER]);
  assert.deepEqual(await readBack(client, LATER, ledgers[LATER]), lost);
  await assert.rejects(
    patiently(() => client.send(new HeadBucketCommand({ Bucket: DOOMED })), 1_000),
    (error: Error) => error.name === 'NotFound',
  );

  await write(client, BEFORE, 'six', ledgers);
  await cluster.recovered(PATIENCE_MS);
  await cluster.kill('storage-3');
  await write(client, LATER, 'seven', ledgers);
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: 'afterwards' })), PATIENCE_MS);
  await cluster.command(['node', 'stop', 'storage-1']);
  await rm(join(cluster.dataDir, 'storage-1'), { recursive: true });
  await cluster.command(['node', 'start', 'storage-1']);
  await cluster.whole(PATIENCE_MS);
  for (const bucket of [BEFORE, LATER] as const) assert.deepEqual(await readBack(client, bucket, ledgers[bucket]), lost);
  client.destroy();
}

async function write(client: S3Client, bucket: keyof Ledgers, prefix: string, ledgers: Ledgers): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const body = randomBytes(SIZES[i % SIZES.length]!);
    const key = `${prefix}/${String(i)}`;
    await patiently(() => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })), PATIENCE_MS);
    ledgers[bucket].acknowledged(key, digestOf(body));
  }
}

function clientOf(cluster: Cluster): S3Client {
  return createClient(cluster, { maxAttempts: 3, timeoutMs: 30_000 });
}

async function assertRefused(cluster: Cluster, args: readonly string[], why: RegExp): Promise<void> {
  await assert.rejects(cluster.command(args), (error: Error & { code?: number; stderr?: string }) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr ?? '', why);
    return true;
  });
}
