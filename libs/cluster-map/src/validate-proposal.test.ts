import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from './ids.ts';
import type { Member, PartitionConfig } from './map.ts';
import { validateProposal } from './validate-proposal.ts';

const [a, b, c] = ['a', 'b', 'c'].map(incarnation) as [
  ReturnType<typeof incarnation>,
  ReturnType<typeof incarnation>,
  ReturnType<typeof incarnation>,
];
const settings = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: 1 };
const member = (id: typeof a, zoneName: string): Member => ({
  incarnation: id,
  name: nodeName(id),
  zone: zone(zoneName),
  weight: 1,
  address: id,
  state: 'active',
  joinedMs: 0,
  lastSeenMs: 0,
});
const members = new Map([
  [a, member(a, 'z1')],
  [b, member(b, 'z2')],
  [c, member(c, 'z2')],
]);
const current: PartitionConfig = {
  partition: partitionId(0),
  epoch: epoch(4),
  proposal: proposalId('p'),
  replicas: [a, b, c],
  primary: a,
  inSync: [a, b],
  learners: [c],
};

function verdict(change: Partial<PartitionConfig>, proposer = a, expected = 4): boolean {
  const config = { ...current, epoch: epoch(5), primary: proposer, ...change };
  return validateProposal(current, { expectedEpoch: epoch(expected), proposer, config }, { settings, members }).ok;
}

test('C2: who is in sync at the expected epoch may propose', () => {
  assert.ok(verdict({}));
  assert.ok(verdict({}, b));
  assert.ok(!verdict({}, c));
  assert.ok(!verdict({}, a, 3));
  assert.ok(!verdict({ epoch: epoch(6) }));
});

test('C2: the new in-sync set comes from the old one and its learners', () => {
  assert.ok(verdict({ inSync: [a, b, c], learners: [] }));
  assert.ok(!verdict({ inSync: [a, b, incarnation('d')] }));
});

test('I3: never fewer copies or zones than the minimum', () => {
  assert.ok(verdict({ inSync: [a, c], learners: [] }));
  assert.ok(!verdict({ inSync: [a] }));
  assert.ok(!verdict({ inSync: [b, c], learners: [] }, b));
});

test('I3: a minimum that comes is kept by those who meet it', () => {
  const one = { ...settings, minInSync: 1, minZones: 1, coming: { minInSync: 2, minZones: 2 } };
  const propose = (from: PartitionConfig, inSync: readonly (typeof a)[]): boolean => {
    const config = { ...from, epoch: epoch(5), inSync, learners: [] };
    return validateProposal(from, { expectedEpoch: epoch(4), proposer: a, config }, { settings: one, members }).ok;
  };
  assert.ok(!propose(current, [a]));
  assert.ok(propose({ ...current, inSync: [a] }, [a, c]));
  assert.ok(propose({ ...current, inSync: [a] }, [a]));
});

test('C2: a gateway decides nothing about a node that it does not know', () => {
  const stranger = incarnation('d');
  const from = { ...current, learners: [stranger] };
  const config = { ...from, epoch: epoch(5), inSync: [a, b, stranger], learners: [] };
  assert.ok(!validateProposal(from, { expectedEpoch: epoch(4), proposer: a, config }, { settings, members }).ok);
});
