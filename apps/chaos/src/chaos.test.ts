import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ETCD } from '@pilvi/control-store/testing';
import { startCluster } from './cluster.ts';
import { killScenario } from './kill-scenario.ts';
import { linearizabilityScenario } from './linearizability-scenario.ts';
import { openPowerDisks } from './power-disks.ts';
import { powerScenario } from './power-scenario.ts';
import { wholeKillScenario } from './whole-kill-scenario.ts';
import { wipeScenario } from './wipe-scenario.ts';
import { startClusterOnEtcd } from './with-etcd.ts';

/** The short forms; the long ones are commands (see README). Real processes, real clients. The time-outs only end what hangs. */
const STORAGE = ['storage-1', 'storage-2', 'storage-3'];
const HUNG = { timeout: 600_000 };

test('kill -9 of storage nodes and of the gateway loses nothing acknowledged', HUNG, async () => {
  await using cluster = await startCluster();
  const report = await killScenario(cluster, { times: 5, clients: 3, victims: [...STORAGE, 'gateway-1'] });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.failedReads, []);
  assert.deepEqual(report.doubleWinners, []);
  assert.ok(report.acknowledged > 0);
});

test('concurrent clients see one history while primaries are killed, over TCP with TLS', HUNG, async () => {
  await using cluster = await startCluster({ transport: 'tcp' });
  const report = await linearizabilityScenario(cluster, { seconds: 12, clients: 5, victims: STORAGE, faults: ['kill'] });
  assert.deepEqual(report.violations, []);
  assert.ok((report.faults.kill ?? 0) > 0 && report.operations > 50);
});

test('two gateways on etcd, either of which may die or stand still: nothing acknowledged is lost', { ...HUNG, skip: NO_ETCD }, async () => {
  await using started = await startClusterOnEtcd(1, { gateways: 2, env: { PILVI_PARTITIONS: '16' } });
  const report = await killScenario(started.cluster, { times: 4, clients: 4, victims: ['gateway-1', 'gateway-2', 'storage-1'] });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.failedReads, []);
  assert.deepEqual(report.doubleWinners, []);
  assert.ok(report.acknowledged > 0);
  const options = { seconds: 12, clients: 4, victims: ['gateway-1', 'gateway-2'], faults: ['pause', 'kill'] } as const;
  const seen = await linearizabilityScenario(started.cluster, options);
  assert.deepEqual(seen.violations, []);
  assert.ok(seen.operations > 50);
});

test('kill -9 of all processes at once loses nothing acknowledged', HUNG, async () => {
  const report = await wholeKillScenario({ times: 1, clients: 4, transport: 'unix' });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.unreadable, []);
});

test('a node whose data directory was deleted is filled again while writes go on', HUNG, async () => {
  await using cluster = await startCluster();
  const report = await wipeScenario(cluster, { times: 1, clients: 2, nodes: STORAGE });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.unreadable, []);
  assert.ok(report.acknowledged > 0);
});

test('power cuts lose nothing acknowledged', HUNG, async (t) => {
  await using disks = await openPowerDisks();
  if (disks === undefined) {
    t.skip('needs to mount loop devices');
    return;
  }
  const report = await powerScenario(disks, { times: 2 });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.unreadable, []);
  assert.ok(report.acknowledged > 0);
});
