import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { silentLogger } from '@pilvi/runtime';
import { CLUSTER_SERVER_NAME, createClusterAuthority, issueCertificate } from '@pilvi/transport';
import { catalogueOf } from './catalogue.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { addReadings } from './readings.ts';
import { METRICS_PATH, serveMetrics } from './serve-metrics.ts';

const log = silentLogger;
const createMetrics = () => createProcessMetrics({ name: 'storage-1', kind: 'storage-node' });

test('what happens is counted, what is kept is read when it is asked for', async () => {
  const metrics = createMetrics();
  const counter = metrics.addCounter('pilvi_things_total', 'Things.', ['kind']);
  let roles: [string, number][] = [['primary', 2]];
  addReadings(metrics, [
    { kind: 'gauge', name: 'pilvi_free_bytes', help: 'Free.', read: () => 7 },
    { kind: 'gauge', name: 'pilvi_partitions', help: 'Partitions.', label: 'role', read: () => roles },
    { kind: 'counter', name: 'pilvi_turns_total', help: 'Turns.', read: () => 3 },
  ]);
  counter.inc({ kind: 'a' }, 2);
  await metrics.registry.metrics();
  roles = [['secondary', 1]];
  const lines = (await metrics.registry.metrics()).split('\n');
  for (const line of [
    'pilvi_things_total{kind="a"} 2',
    'pilvi_free_bytes 7',
    'pilvi_partitions{role="secondary"} 1',
    'pilvi_turns_total 3',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(!lines.some((line) => line.startsWith('pilvi_partitions{role="primary"}')), 'a label that went away is gone');
});

test('the catalogue tells types and labels', () => {
  const metrics = createMetrics();
  metrics.addHistogram('pilvi_wait_seconds', 'Waits.', [1], ['operation']);
  const entries = catalogueOf(metrics);
  assert.deepEqual(
    entries.find((entry) => entry.name === 'pilvi_wait_seconds'),
    { name: 'pilvi_wait_seconds', type: 'histogram', help: 'Waits.', labels: ['operation'] },
  );
  assert.equal(entries.find((entry) => entry.name === 'pilvi_build_info')?.type, 'gauge');
});

test('over TCP metrics answer nobody without a certificate of the cluster', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-metrics-'));
  try {
    const security = await issueCertificate(await createClusterAuthority(join(directory, 'a')), { name: 'storage-1' });
    const stranger = await issueCertificate(await createClusterAuthority(join(directory, 'b')), { name: 'storage-1' });
    await using served = await serveMetrics(createMetrics(), { address: '127.0.0.1:0', security, log });
    const port = Number(served.address.split(':')[1]);
    const ask = (given: { cert?: string; key?: string }, path = METRICS_PATH) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const options = { ca: security.ca, ...given, servername: CLUSTER_SERVER_NAME, agent: false };
        getHttps(`https://127.0.0.1:${port}${path}`, options, resolve).once('error', reject);
      });
    const answer = await ask(security);
    assert.equal(answer.statusCode, 200);
    assert.match(await text(answer), /pilvi_build_info\{process="storage-1"/);
    const elsewhere = await ask(security, '/');
    elsewhere.resume();
    assert.equal(elsewhere.statusCode, 404);
    await assert.rejects(ask({}), 'without a certificate');
    await assert.rejects(ask(stranger), "with another cluster's certificate");
    await assert.rejects(
      new Promise((resolve, reject) => getHttp(`http://127.0.0.1:${port}${METRICS_PATH}`, resolve).once('error', reject)),
      'in plain text',
    );
    await assert.rejects(serveMetrics(createMetrics(), { address: '127.0.0.1:0', security: { kind: 'unix' }, log }), {
      code: 'insecure',
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('on a Unix socket metrics are read by GET', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-metrics-'));
  try {
    const path = join(directory, 'metrics.sock');
    await using _served = await serveMetrics(createMetrics(), { address: `unix:${path}`, security: { kind: 'unix' }, log });
    const socket = connect(path);
    socket.end(`DELETE ${METRICS_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(await text(socket), /^HTTP\/1\.1 405 /);
  } finally {
    await rm(directory, { recursive: true });
  }
});
