import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation, nodeName, zone } from '@pilvi/cluster-map';
import type { ClusterMap, Incarnation, Member } from '@pilvi/cluster-map';
import { whoCounts } from './control-mirrors.ts';
import type { Copy } from './control-mirrors.ts';

const member = (id: string, state: Member['state'] = 'active'): [Incarnation, Member] => [
  incarnation(id),
  {
    incarnation: incarnation(id),
    name: nodeName(id),
    zone: zone('zone-1'),
    weight: 1,
    address: 'unix:/x',
    state,
    joinedMs: 0,
    lastSeenMs: 0,
  },
];
const copy = (id: string, node: string, isCaughtUp = true): Copy => ({ id, node: incarnation(node), isCaughtUp });
const settings = { clusterId: 'c', copies: 3, minInSync: 2, minZones: 2, partitions: 1 };
const mapOf = (...members: [Incarnation, Member][]): ClusterMap => ({ revision: 1, settings, members: new Map(members), partitions: [] });
const isHeard = (): boolean => true;

test('a copy stays when its node goes on as another incarnation', () => {
  const map = mapOf(member('old', 'retired'), member('new'), member('other'));
  const copies = [copy('x', 'old'), copy('x', 'new'), copy('y', 'other')];
  assert.deepEqual(whoCounts(map, { required: ['x', 'y'], copies, isHeard, mayStillCall: false }), ['x', 'y']);
});

test('a copy that was lost counts no more, the one made in its place does once it has everything', () => {
  const map = mapOf(member('a'), member('b'));
  const filling = [copy('x2', 'a', false), copy('y', 'b')];
  const now = { required: ['x', 'y'], isHeard, mayStillCall: false };
  assert.deepEqual(whoCounts(map, { ...now, copies: filling }), ['y']);
  assert.deepEqual(whoCounts(map, { ...now, copies: [copy('x2', 'a'), copy('y', 'b')] }), ['x2', 'y']);
  assert.deepEqual(whoCounts(map, { ...now, copies: filling, mayStillCall: true }), ['x', 'y'], 'its node may still call');
});

test('copies of nodes that are silent or no members do not come in', () => {
  const map = mapOf(member('a'), member('b'));
  const copies = [copy('x', 'a'), copy('y', 'b'), copy('z', 'stranger')];
  const isHeard = (node: Incarnation): boolean => node !== incarnation('b');
  assert.deepEqual(whoCounts(map, { required: ['x', 'y'], copies, isHeard, mayStillCall: false }), ['x']);
  assert.deepEqual(whoCounts(map, { required: ['y'], copies: [copy('y', 'b')], isHeard, mayStillCall: false }), []);
});
