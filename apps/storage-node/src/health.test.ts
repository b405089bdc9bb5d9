import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { ClusterMap, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import { notReadyBecause } from './health.ts';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => incarnation(letter.repeat(32))) as [Incarnation, Incarnation, Incarnation];

function member(id: Incarnation): Member {
  const name = nodeName('storage-1');
  return { incarnation: id, name, zone: zone('zone-1'), weight: 1, address: 'unix:/x', state: 'active', joinedMs: 0, lastSeenMs: 0 };
}

function placed(inSync: readonly Incarnation[], learners: readonly Incarnation[] = []): PartitionConfig {
  const proposal = proposalId('00'.repeat(8));
  return { partition: partitionId(0), epoch: epoch(1), proposal, replicas: [a, b, c], primary: inSync[0] ?? a, inSync, learners };
}

function mapWith(partitions: ClusterMap['partitions'], members: readonly Incarnation[] = [a, b, c]): ClusterMap {
  const settings = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: partitions.length };
  return { revision: 1, settings, members: new Map(members.map((id) => [id, member(id)])), partitions };
}

test('a node is ready when it is in sync wherever it should be', () => {
  assert.match(notReadyBecause(undefined, a), /gateway/);
  assert.match(notReadyBecause(mapWith([placed([b, c])], [b, c]), a), /member/);
  assert.match(notReadyBecause(mapWith([undefined]), a), /first nodes/);
  assert.equal(notReadyBecause(mapWith([placed([b, c], [a]), placed([a, b, c])]), a), 'catching up with 1 partitions');
  assert.equal(notReadyBecause(mapWith([placed([a, b]), placed([a, b, c])]), a), '');
});

test('a node added to a cluster is ready before it holds anything', () => {
  const added = incarnation('d'.repeat(32));
  assert.equal(notReadyBecause(mapWith([placed([a, b, c])], [a, b, c, added]), added), '');
});
