import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '@pilvi/workload';
import { freePorts, startCluster } from './cluster.ts';
import { NO_PROMETHEUS, startPrometheus } from './prometheus.ts';

const SAMPLE = new URL('../../../docs/prometheus.yml', import.meta.url);
const TOKEN = 'a-token-for-tests';
const OBJECTS = 12;
const PARTITIONS = 16;
const NODES = ['storage-1', 'storage-2', 'storage-3'];
const HUNG = { timeout: 300_000 };

test("Prometheus reads gateways and storage nodes with the documentation's configuration", { ...HUNG, skip: NO_PROMETHEUS }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-scrape-'));
  try {
    const [metricsPort, prometheusPort] = [await freePorts(NODES.length), await freePorts(1)];
    const env = { PILVI_METRICS_TOKEN: TOKEN, PILVI_METRICS_PORT: String(metricsPort), PILVI_PARTITIONS: String(PARTITIONS) };
    await using cluster = await startCluster({ env });
    const client = createClient(cluster, { maxAttempts: 3, timeoutMs: 30_000 });
    await client.send(new CreateBucketCommand({ Bucket: 'measured' }));
    const at = (i: number) => ({ Bucket: 'measured', Key: `key-${String(i)}` });
    for (let i = 0; i < OBJECTS; i++) await client.send(new PutObjectCommand({ ...at(i), Body: 'x'.repeat(1_000) }));
    await assert.rejects(client.send(new GetObjectCommand(at(OBJECTS))), S3ServiceException);

    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, TOKEN);
    const configuration = (await readFile(SAMPLE, 'utf8'))
      .replace('scrape_interval: 15s', 'scrape_interval: 1s')
      .replace('/etc/prometheus/pilvi-token', tokenFile)
      .replaceAll('/etc/prometheus/pilvi/', `${cluster.dataDir}/tls/prometheus/`)
      .replace('127.0.0.1:9000', new URL(cluster.endpoint).host)
      .replaceAll(/127\.0\.0\.1:910([123])/g, (_, n: string) => `127.0.0.1:${String(metricsPort + Number(n) - 1)}`);
    await using prometheus = await startPrometheus(configuration, prometheusPort);
    await prometheus.until('sum(up)', 1 + NODES.length);
    const puts = 'operation="PutObject",status="2xx"';
    await prometheus.until(`pilvi_s3_request_seconds_count{${puts}}`, OBJECTS);
    assert.equal(await prometheus.query('sum(pilvi_s3_received_bytes_total{operation="PutObject"}) >= bool 12000'), 1);
    assert.equal(await prometheus.query('pilvi_s3_errors_total{code="NoSuchKey"}'), 1);
    await prometheus.until('sum(pilvi_node_partitions{role="primary"})', PARTITIONS);
    await prometheus.until('sum(pilvi_node_partitions_leased)', PARTITIONS);
    await prometheus.until('max(pilvi_replication_lag_entries)', 0);
    assert.ok((await prometheus.query('sum(pilvi_commit_seconds_count)')) >= OBJECTS);
    assert.ok((await prometheus.query('min(pilvi_log_fsync_seconds_count)')) > 0, 'every node has fsynced');
    // A failover is seen in what the others count.
    const claimed = 'sum(pilvi_partition_role_changes_total{job="pilvi-storage-node",role="primary"})';
    const before = await prometheus.query(claimed);
    await cluster.kill('storage-1');
    await prometheus.until(`${claimed} > bool ${String(before)}`, 1);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('every process of a cluster passes promtool, and strangers are told nothing', { ...HUNG, skip: NO_PROMETHEUS }, async () => {
  const metricsPort = await freePorts(NODES.length);
  await using cluster = await startCluster({ env: { PILVI_METRICS_PORT: String(metricsPort), PILVI_PARTITIONS: String(PARTITIONS) } });
  for (const name of ['gateway-1', ...NODES]) {
    const text = await cluster.command(['metrics', name]);
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, `${name}: ${stderr}`);
    assert.match(text, new RegExp(`pilvi_build_info\\{process="${name}"`));
  }
  const closed = await fetch(`${cluster.endpoint}/_pilvi/metrics`);
  assert.equal(closed.status, 403);
  assert.match(await closed.text(), /PILVI_METRICS_TOKEN/);
  for (const scheme of ['http', 'https']) await assert.rejects(fetch(`${scheme}://127.0.0.1:${String(metricsPort)}/_pilvi/metrics`));
});
