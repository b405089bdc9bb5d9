import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeStatus, StatusDocument } from '@pilvi/admin-api';
import { copiesProgress, drainProgress } from './members.ts';

const NODE = { name: 'storage-b', state: 'draining', places: 3, unsettled: 2, chunkBytes: 2048, isEmpty: false } as NodeStatus;
const cluster = (node: Partial<NodeStatus>): Pick<StatusDocument, 'nodes'> => ({ nodes: [{ ...NODE, ...node }] });

test('a drain tells what is left, and its end only when nothing is', () => {
  assert.match(drainProgress(cluster({}), 'storage-b') ?? '', /3 partitions, .* chunks of 2 .* KiB/);
  assert.match(drainProgress(cluster({ places: 0, unsettled: 0 }), 'storage-b') ?? '', /0 partitions/);
  assert.equal(drainProgress(cluster({ places: 0, unsettled: 0, isEmpty: true }), 'storage-b'), undefined);
  assert.match(drainProgress(cluster({ state: 'down' }), 'storage-b') ?? '', /is down/);
  assert.throws(() => drainProgress(cluster({ state: 'up' }), 'storage-b'), { code: 'refused', message: /took it back/ });
  assert.throws(() => drainProgress(cluster({}), 'storage-c'), { code: 'refused' });
});

test('raised copies are there when everything has them, and the minimum that goes with them counts', () => {
  const settings = { copies: 3, minInSync: 2, minZones: 2, partitions: 16 };
  const partitions = { total: 16, underReplicated: 0, leaderless: 0, lost: 0, differing: 0 };
  const objects = { total: 5, underReplicated: 0 };
  assert.equal(copiesProgress({ settings, partitions, objects }), undefined);
  assert.match(copiesProgress({ settings, partitions, objects: { total: 5, underReplicated: 4 } }) ?? '', /4 objects/);
  assert.notEqual(copiesProgress({ settings: { ...settings, minInSync: 1 }, partitions, objects }), undefined);
});
