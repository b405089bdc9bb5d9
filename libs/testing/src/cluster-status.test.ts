import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusDocument } from '@pilvi/admin-api';
import { isInSync, isWhole } from './cluster-status.ts';
import type { ClusterStatus } from './cluster-status.ts';

/** Compiles as long as a gateway tells all that this library promises. */
function asTold(document: StatusDocument): ClusterStatus {
  return document;
}

const WHOLE: StatusDocument = {
  clusterId: 'c',
  serving: true,
  redundant: true,
  reason: '',
  controlStore: '',
  gateway: { name: 'gateway-1', leads: true },
  settings: { copies: 3, minInSync: 2, minZones: 2, partitions: 16 },
  nodes: [],
  partitions: { total: 16, underReplicated: 0, leaderless: 0, lost: 0, differing: 0 },
  objects: { total: 5, underReplicated: 0 },
  compute: { reason: 'no compute node is connected to this cluster', nodes: [] },
};

test('a cluster is whole when every partition and every piece has its copies', () => {
  assert.ok(isWhole(asTold(WHOLE)));
  const pieceMissing = asTold({ ...WHOLE, objects: { total: 5, underReplicated: 1 } });
  assert.ok(isInSync(pieceMissing) && !isWhole(pieceMissing));
  for (const state of ['underReplicated', 'leaderless'] as const) {
    assert.ok(!isInSync(asTold({ ...WHOLE, partitions: { ...WHOLE.partitions, [state]: 1 } })), state);
  }
  assert.ok(!isInSync(asTold({ ...WHOLE, serving: false })));
});
