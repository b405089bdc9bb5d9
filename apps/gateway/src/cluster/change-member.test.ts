import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import { createMemoryControlStore } from '@pilvi/control-store';
import { createManualClock } from '@pilvi/runtime';
import { drainMember, mayDrain, mayRemove, removeMember, undrainMember } from './change-member.ts';
import type { ClusterView } from './change-member.ts';
import { memberKey, SETTINGS_KEY } from './keys.ts';
import { placeable } from './placement-controller.ts';
import { decodeMember, encodeMember, encodeSettings } from './stored-form.ts';

const SETTINGS = { clusterId: 'c', copies: 3, minInSync: 2, minZones: 2, partitions: 1 };

function member(id: string, inZone = id, state: Member['state'] = 'active'): Member {
  const name = nodeName(`storage-${id}`);
  return { incarnation: incarnation(id), name, zone: zone(inZone), weight: 1, address: 'a:1', state, joinedMs: 0, lastSeenMs: 0 };
}

function view(change: Partial<ClusterView> & { readonly down?: readonly string[] } = {}): ClusterView {
  const { down = [], ...others } = change;
  return {
    settings: SETTINGS,
    members: ['a', 'b', 'c', 'd'].map((id) => member(id)),
    partitions: [],
    isLive: (node) => !down.includes(node),
    isEmpty: () => true,
    ...others,
  };
}

function config(inSync: readonly string[], replicas = inSync): PartitionConfig {
  const ids = (names: readonly string[]): Incarnation[] => names.map(incarnation);
  return {
    partition: partitionId(0),
    epoch: epoch(1),
    proposal: proposalId('p'),
    replicas: ids(replicas),
    primary: incarnation(inSync[0] ?? ''),
    inSync: ids(inSync),
    learners: [],
  };
}

test('a node is drained only where enough others, in enough zones, take its data', () => {
  assert.equal(mayDrain(view(), member('a')), undefined);
  assert.match(mayDrain(view({ down: ['b'] }), member('a')) ?? '', /there are 2/);
  assert.match(mayDrain(view({ members: ['a', 'b', 'c'].map((id) => member(id)) }), member('a')) ?? '', /another machine/);
  const oneZone = [member('a', 'x'), ...['b', 'c', 'd'].map((id) => member(id, 'y'))];
  assert.match(mayDrain(view({ members: oneZone }), member('a')) ?? '', /1 zone/);
});

test('a node that is there is removed only when nothing names it and nothing on it is needed', () => {
  assert.equal(mayRemove(view(), member('a'), false), undefined);
  assert.match(mayRemove(view({ partitions: [config(['b', 'c'], ['a', 'b', 'c'])] }), member('a'), true) ?? '', /node drain/);
  assert.match(mayRemove(view({ isEmpty: () => false }), member('a'), true) ?? '', /node drain/);
});

test('a dead node is removed unless it is among the last enough', () => {
  const dead = { down: ['a'] };
  assert.equal(mayRemove(view({ ...dead, partitions: [config(['b', 'c'], ['a', 'b', 'c'])] }), member('a'), false), undefined);
  assert.equal(mayRemove(view({ ...dead, partitions: [config(['a', 'b', 'c'])] }), member('a'), false), undefined);
  assert.match(mayRemove(view({ ...dead, partitions: [config(['a', 'b'])] }), member('a'), true) ?? '', /1 partitions/);
  const two = { down: ['a', 'd'], partitions: [config(['b', 'c'])] };
  assert.match(mayRemove(view(two), member('a'), false) ?? '', /storage-d cannot be reached either/);
  assert.equal(mayRemove(view(two), member('a'), true), undefined);
});

test('a drain that began with enough others keeps its node among those who hold data when one of them dies', () => {
  const live = [member('a', 'a', 'draining'), member('b'), member('c')];
  assert.equal(placeable([...live, member('d')], 3).length, 3);
  assert.equal(placeable(live, 3).length, 3);
});

test('of two nodes drained at once, each of which counts on the other, one is', async () => {
  const control = createMemoryControlStore({ clock: createManualClock() });
  await control.txn([], [{ kind: 'put', key: SETTINGS_KEY, value: encodeSettings(SETTINGS) }]);
  for (const m of view().members) await control.txn([], [{ kind: 'put', key: memberKey(m.incarnation), value: encodeMember(m) }]);
  const liveness = { isLive: () => true, isEmpty: () => true };
  const results = await Promise.allSettled(['storage-a', 'storage-b'].map((name) => drainMember(control, name, liveness)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  const stateOf = async (id: string) => decodeMember((await control.get(memberKey(incarnation(id))))!.value).state;
  const drained = (await stateOf('a')) === 'draining' ? 'a' : 'b';
  await removeMember(control, `storage-${drained}`, liveness, false);
  assert.equal(await stateOf(drained), 'retired');
  await assert.rejects(undrainMember(control, `storage-${drained}`, liveness), { name: 'MemberRefusal', message: /there is no node/ });
});
