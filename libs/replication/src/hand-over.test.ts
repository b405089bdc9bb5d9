import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import { replicaStatus } from './accessors.ts';
import { createCore, step } from './core.ts';
import { EMPTY_BASE } from './replicas.ts';
import type { Core } from './state.ts';
import { DEFAULT_TIMINGS } from './types.ts';
import type { CoreEvent, Effect } from './types.ts';

const partition = partitionId(1);
const [self, a, b] = ['self', 'a', 'b'].map(incarnation) as [Incarnation, Incarnation, Incarnation];
const settings = { clusterId: 'c', copies: 3, minInSync: 2, minZones: 2, partitions: 2 };
const members = new Map(
  [self, a, b].map((id): [typeof id, Member] => [
    id,
    { incarnation: id, name: nodeName(id), zone: zone(`zone-${id}`), weight: 1, address: id, state: 'active', joinedMs: 0, lastSeenMs: 0 },
  ]),
);
/** The streams of every core here: one dialed to each peer, one accepted from each. */
const [TO_A, TO_B, FROM_A, FROM_B] = [1, 2, 3, 4] as const;

function config(at: number, primary: Incarnation, inSync: readonly Incarnation[] = [self, a, b]): PartitionConfig {
  return { partition, epoch: epoch(at), proposal: proposalId(`p${String(at)}`), replicas: [self, a, b], primary, inSync, learners: [] };
}

function connected(transport: 'unix' | 'tcp' = 'unix'): Core {
  let proposals = 0;
  const restored = { partition, config: undefined, promised: epoch(0), base: EMPTY_BASE, entries: [], torn: false };
  const nextProposalId = () => proposalId(`mine-${String(proposals++)}`);
  const core = createCore({ self, timings: DEFAULT_TIMINGS, nextProposalId }, [restored], -10_000);
  const open = (stream: number, peer: Incarnation, direction: 'dialed' | 'accepted') =>
    step(core, { kind: 'stream-opened', stream, peer, direction, transport }, 0);
  open(TO_A, a, 'dialed');
  open(TO_B, b, 'dialed');
  open(FROM_A, a, 'accepted');
  open(FROM_B, b, 'accepted');
  return core;
}

function map(learnt: PartitionConfig): CoreEvent {
  return { kind: 'map', settings, members, partitions: [undefined, learnt] };
}

const proposed = (effects: readonly Effect[]): PartitionConfig[] => effects.flatMap((e) => (e.kind === 'propose-config' ? [e.config] : []));

/** Leads the partition, serves it, and has released it to `a` at time 100. */
function released(): Core {
  const core = connected();
  const [claim] = proposed(step(core, map(config(1, self)), 1));
  assert.ok(claim);
  step(core, map(claim), 2);
  for (const [stream, peer] of [
    [TO_A, a],
    [TO_B, b],
  ] as const) {
    const tail = { base: EMPTY_BASE, lastEpoch: epoch(0), lastSeq: 0, commit: 0, entries: [] };
    step(core, { kind: 'received', stream, message: { kind: 'collected', partition, epoch: claim.epoch, ...tail } }, 3);
    assert.ok(core.peers.get(peer));
  }
  assert.equal(replicaStatus(core, partition)?.serving, true);
  core.replicas.get(partition)!.term!.epochSinceMs = -DEFAULT_TIMINGS.handOverAfterMs;
  const effects = step(core, { kind: 'advice', partition, replicas: [self, a, b], primary: a }, 100);
  assert.ok(effects.some((e) => e.kind === 'send' && e.message.kind === 'release' && e.stream === TO_A));
  return core;
}

test('L4: a primary whose successor is gone takes a new epoch at once, without it', () => {
  const core = released();
  assert.deepEqual(proposed(step(core, { kind: 'tick' }, 120)), [], 'it is given its time');
  step(core, { kind: 'stream-closed', stream: TO_A, endedBy: 'peer' }, 130);
  const [back] = proposed(step(core, { kind: 'tick' }, 140));
  assert.equal(back?.primary, self);
  assert.deepEqual(back?.inSync, [self, b]);
  assert.equal(replicaStatus(core, partition)?.serving, false, 'not before the map tells that it won');
  step(core, map(back), 150);
  assert.equal(replicaStatus(core, partition)?.serving, true);
});

test('L4: a successor that lives is waited for', () => {
  const core = released();
  const { releasePatienceMs } = DEFAULT_TIMINGS;
  assert.deepEqual(proposed(step(core, { kind: 'tick' }, 100 + releasePatienceMs)), []);
  const [back] = proposed(step(core, { kind: 'tick' }, 101 + releasePatienceMs));
  assert.deepEqual(back?.inSync, [self, a, b]);
});

test('L3: a primary that died before its claim was heard of is followed at once', () => {
  const core = connected();
  step(core, map(config(1, b)), 10);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  assert.deepEqual(proposed(step(core, map(config(2, a)), 30)), [], 'it may be just coming back');
  const [claim] = proposed(step(core, { kind: 'tick' }, 30 + DEFAULT_TIMINGS.streamPatienceMs));
  assert.equal(claim?.primary, self);
  assert.deepEqual(claim?.inSync, [self, b]);
});

test('L3: a primary that came back meanwhile is not followed', () => {
  const core = connected();
  step(core, map(config(1, b)), 10);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  step(core, map(config(2, a)), 30);
  step(core, { kind: 'stream-opened', stream: 9, peer: a, direction: 'accepted', transport: 'unix' }, 40);
  assert.deepEqual(proposed(step(core, { kind: 'tick' }, 200)), []);
});

test('L3: whoever must wait for a grace lets another claim first', () => {
  const core = connected();
  step(core, map(config(1, b)), 10);
  const beacon = { kind: 'beacon', sentMs: 9, reachesGateway: true, stopping: false, configs: [] } as const;
  const leads = [{ partition, epoch: epoch(1), commit: 0, commitHash: 0 }];
  step(core, { kind: 'received', stream: FROM_B, message: { ...beacon, leads } }, 11);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  step(core, map(config(2, a)), 30);
  const { streamPatienceMs, claimStaggerMs } = DEFAULT_TIMINGS;
  assert.deepEqual(proposed(step(core, { kind: 'tick' }, 30 + streamPatienceMs + 2 * claimStaggerMs)), []);
  assert.equal(proposed(step(core, { kind: 'tick' }, 30 + streamPatienceMs + 3 * claimStaggerMs)).length, 1);
});
