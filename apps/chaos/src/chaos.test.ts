import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from './cluster.ts';
import { killScenario } from './kill-scenario.ts';
import { linearizabilityScenario } from './linearizability-scenario.ts';

/** The short forms; the long ones are commands (see README). Real processes, real clients. */
const STORAGE = ['storage-1', 'storage-2', 'storage-3'];

test('kill -9 of storage nodes and of the gateway loses nothing acknowledged', { timeout: 240_000 }, async () => {
  await using cluster = await startCluster();
  const report = await killScenario(cluster, { times: 5, clients: 3, victims: [...STORAGE, 'gateway-1'] });
  assert.deepEqual(report.lost, []);
  assert.deepEqual(report.failedReads, []);
  assert.deepEqual(report.doubleWinners, []);
  assert.ok(report.acknowledged > 0);
});

test('concurrent clients see one history while primaries are killed, over TCP with TLS', { timeout: 240_000 }, async () => {
  await using cluster = await startCluster({ transport: 'tcp' });
  const report = await linearizabilityScenario(cluster, { seconds: 12, clients: 5, victims: STORAGE, faults: ['kill'] });
  assert.deepEqual(report.violations, []);
  assert.ok((report.faults.kill ?? 0) > 0 && report.operations > 50);
});
