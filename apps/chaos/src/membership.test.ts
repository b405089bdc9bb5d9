import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@pilvi/workload';
import { startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { hasOnly, membershipScenario } from './membership-scenario.ts';
import type { Census } from './membership-scenario.ts';
import { unsoundPieces } from './unsound-pieces.ts';

const told = (census: Census): string => JSON.stringify(census);
const FRESH = 'fresh';
const FOUR_NODES = { PILVI_STORAGE_NODES: '4', PILVI_ZONES: '4', PILVI_COPIES: '1', PILVI_PARTITIONS: '32' };

test('one copy becomes three, and a node is drained and removed: a census proves both', { timeout: 600_000 }, async (t) => {
  await using cluster = await startCluster({ env: FOUR_NODES });
  const report = await membershipScenario(cluster, { clients: 2, leaver: 'storage-4', onProgress: (text) => t.diagnostic(text) });
  assert.ok(hasOnly(report.before, 1), told(report.before));
  assert.ok(hasOnly(report.afterRaise, 3), told(report.afterRaise));
  assert.ok(hasOnly(report.afterRemoval, 3), told(report.afterRemoval));
  assert.deepEqual(report.afterRemoval.holders, ['storage-1', 'storage-2', 'storage-3']);
  assert.ok(
    report.writesMeanwhile.every((writes) => writes > 0),
    `clients went on: ${String(report.writesMeanwhile)}`,
  );
  assert.deepEqual(report.failedRequests, []);
  assert.deepEqual([report.lost, report.unserved], [[], []]);
  assert.deepEqual(await unsoundAfterPut(cluster), [], 'nor is anything called missing in the moment after its PUT');
});

async function unsoundAfterPut(cluster: Cluster): Promise<readonly string[]> {
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await client.send(new CreateBucketCommand({ Bucket: FRESH }));
  const unsound: string[] = [];
  for (let i = 0; i < 10; i++) {
    const key = `fresh-${String(i)}`;
    await client.send(new PutObjectCommand({ Bucket: FRESH, Key: key, Body: key }));
    unsound.push(...(await unsoundPieces(cluster, { bucket: FRESH, keys: [key], copies: 3 })));
  }
  client.destroy();
  return unsound;
}
