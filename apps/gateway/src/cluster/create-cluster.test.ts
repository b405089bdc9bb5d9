import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControlStore } from '@pilvi/control-store';
import { createManualClock, silentLogger } from '@pilvi/runtime';
import { createCluster } from './create-cluster.ts';

const WANTED = { copies: 3, partitions: 16, contacts: [] };

test('gateways that found a cluster at the same time agree on its id', async () => {
  const control = createMemoryControlStore({ clock: createManualClock() });
  const found = (clusterId: string): Promise<string> => createCluster({ control, clusterId, log: silentLogger }, WANTED);
  const together = await Promise.all(['one', 'two', 'three'].map(found));
  assert.equal(new Set(together).size, 1);
  assert.equal(await found('late'), together[0]);
});
