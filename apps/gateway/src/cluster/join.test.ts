import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, memberToProto, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Member } from '@pilvi/cluster-map';
import { createMemoryControlStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { join, PROTOCOL_VERSION } from './join.ts';
import { memberKey, partitionKey } from './keys.ts';
import { decodeMember, encodeConfig } from './stored-form.ts';

function request(id: string) {
  const member: Member = {
    incarnation: incarnation(id),
    name: nodeName('storage-1'),
    zone: zone('zone-1'),
    weight: 1,
    address: 'unix:/x',
    state: 'active',
    joinedMs: 0,
    lastSeenMs: 0,
  };
  return { member: memberToProto(member), clusterId: 'c', protocol: PROTOCOL_VERSION };
}

async function stateOf(control: ControlStore, id: string): Promise<Member['state'] | undefined> {
  const stored = await control.get(memberKey(incarnation(id)));
  return stored === undefined ? undefined : decodeMember(stored.value).state;
}

async function placeInSync(control: ControlStore, ...nodes: string[]): Promise<void> {
  const inSync = nodes.map(incarnation);
  const config = {
    partition: partitionId(0),
    epoch: epoch(1),
    proposal: proposalId('p'),
    replicas: inSync,
    primary: inSync[0]!,
    inSync,
    learners: [],
  };
  await control.txn([], [{ kind: 'put', key: partitionKey(partitionId(0)), value: encodeConfig(config) }]);
}

test('a new incarnation under a known name retires the old one for good (C6)', async () => {
  const control = createMemoryControlStore();
  await join(control, 'c', request('old'), 0);
  await placeInSync(control, 'other');
  await join(control, 'c', request('new'), 0);
  assert.equal(await stateOf(control, 'old'), 'retired');
  assert.equal(await join(control, 'c', request('old'), 0), 'retired');
  assert.equal(await stateOf(control, 'new'), 'active');
});

test('one that a partition still counts in sync may come back, and retires the empty one that took its name', async () => {
  const control = createMemoryControlStore();
  await join(control, 'c', request('old'), 0);
  await placeInSync(control, 'old', 'other');
  await join(control, 'c', request('new'), 0);
  const back = await join(control, 'c', request('old'), 0);
  assert.equal(typeof back === 'string' ? back : back.state, 'active');
  assert.equal(await stateOf(control, 'old'), 'active');
  assert.equal(await stateOf(control, 'new'), 'retired');
});
