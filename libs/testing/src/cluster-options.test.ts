import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readShape } from './cluster-options.ts';

test('what is not said is chosen so that it makes a cluster', () => {
  const { storageNodes, zones, gateways, etcdMembers, copies } = readShape({ storageNodes: 4, gateways: 2 });
  assert.deepEqual(
    { storageNodes, zones, gateways, etcdMembers, copies },
    { storageNodes: 4, zones: 3, gateways: 2, etcdMembers: 3, copies: 3 },
  );
  assert.equal(readShape({}).etcdMembers, 0, 'one gateway keeps the control store itself');
  assert.equal(readShape({ storageNodes: 1 }).copies, 1);
});

for (const [what, options] of Object.entries({
  'more zones than nodes': { storageNodes: 2, zones: 3 },
  'more copies than nodes': { storageNodes: 2, copies: 3 },
  'no nodes': { storageNodes: 0 },
  'half a node': { storageNodes: 2.5 },
  'two gateways without etcd': { gateways: 2, etcdMembers: 0 },
  'disks too small for the data of an empty node': { disks: { sizeBytes: 1_000 } },
  'partitions that are none': { partitions: 0 },
})) {
  test(`refused: ${what}`, () => {
    assert.throws(() => readShape(options), { name: 'PilviTestingError', code: 'bad-option' });
  });
}
