import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ETCD } from '@pilvi/control-store/testing';
import { freePorts, startCluster } from './cluster.ts';
import { NO_HAPROXY, SEEN_AFTER_MS, startHaproxy } from './haproxy.ts';
import { rollingRestartScenario } from './rolling-restart-scenario.ts';
import { startClusterOnEtcd } from './with-etcd.ts';

/** Clients that never try twice: every failed request is counted. */
const HUNG = { timeout: 600_000 };
const SMALL = { PILVI_PARTITIONS: '16' };

test('L4: a node and the one gateway are restarted, and no request fails', HUNG, async () => {
  await using cluster = await startCluster({ env: SMALL });
  const processes = ['storage-1', 'gateway-1'];
  const report = await rollingRestartScenario(cluster, { endpoint: cluster.endpoint, processes, rounds: 1, clients: 3 });
  assert.deepEqual(report.failed, []);
  assert.deepEqual(report.lost, []);
  assert.ok(report.acknowledged > 0);
});

test(
  'L4: two gateways behind a load balancer are restarted in turn, and no request fails',
  { ...HUNG, skip: NO_ETCD || NO_HAPROXY },
  async () => {
    await using started = await startClusterOnEtcd(1, { gateways: 2, env: { ...SMALL, PILVI_LAME_DUCK_MS: String(SEEN_AFTER_MS) } });
    const { cluster } = started;
    await using balancer = await startHaproxy(cluster.endpoints, await freePorts(1));
    const processes = ['gateway-1', 'gateway-2'];
    const report = await rollingRestartScenario(cluster, { endpoint: balancer.endpoint, processes, rounds: 1, clients: 3 });
    assert.deepEqual(report.failed, []);
    assert.deepEqual(report.lost, []);
    assert.ok(report.acknowledged > 0);
  },
);
