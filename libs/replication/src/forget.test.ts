import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from '@pilvi/cluster-map';
import type { Member, PartitionConfig } from '@pilvi/cluster-map';
import { canStillLeave, replicaStatus } from './accessors.ts';
import { createCore, step } from './core.ts';
import { makeEntry } from './entry.ts';
import { EMPTY_BASE } from './replicas.ts';
import { startForgetting } from './start-snapshot.ts';
import type { Core } from './state.ts';
import { DEFAULT_TIMINGS } from './types.ts';

const partition = partitionId(1);
const [self, a, b] = ['self', 'a', 'b'].map(incarnation) as [Member['incarnation'], Member['incarnation'], Member['incarnation']];
const settings = { clusterId: 'c', copies: 3, minInSync: 2, minZones: 2, partitions: 2 };
const members = new Map(
  [self, a, b].map((id): [typeof id, Member] => [
    id,
    { incarnation: id, name: nodeName(id), zone: zone(`zone-${id}`), weight: 1, address: id, state: 'active', joinedMs: 0, lastSeenMs: 0 },
  ]),
);

function config(at: number, inSync: readonly Member['incarnation'][], more: Partial<PartitionConfig> = {}): PartitionConfig {
  const proposal = proposalId(`p${String(at)}`);
  return { partition, epoch: epoch(at), proposal, replicas: inSync, primary: inSync[0]!, inSync, learners: [], ...more };
}

/** A node that holds three entries, and has promised an epoch. */
function holder(under: PartitionConfig, promised: number = under.epoch): Core {
  const entries = [1, 2, 3].map((seq) => ({ seq }));
  const log = entries.reduce<ReturnType<typeof makeEntry>[]>(
    (all, { seq }) => [...all, makeEntry(epoch(1), seq, all.at(-1)?.hash ?? 0, Buffer.from('x'))],
    [],
  );
  const restored = { partition, config: under, promised: epoch(promised), base: EMPTY_BASE, entries: log, torn: false };
  const core = createCore({ self, timings: DEFAULT_TIMINGS, nextProposalId: () => proposalId('mine') }, [restored], 0);
  learn(core, under);
  return core;
}

function learn(core: Core, ...configs: PartitionConfig[]): void {
  step(core, { kind: 'map', settings, members, partitions: configs }, 1);
}

test('a replica that the newest configuration does not name lets go of all it holds, once', () => {
  const core = holder(config(5, [a, b]));
  const { accepted, token, effects } = startForgetting(core, partition, 2);
  assert.equal(accepted, true);
  const persisted = effects.find((e) => e.kind === 'persist');
  assert.equal(persisted?.token, token, 'a restart finds it empty before a row is touched');
  assert.deepEqual(persisted?.records, [{ kind: 'base', partition, base: EMPTY_BASE }]);
  assert.equal(startForgetting(core, partition, 3).accepted, false, 'it is at it');
  step(core, { kind: 'snapshot-aborted', partition }, 4);
  assert.equal(replicaStatus(core, partition)?.lastSeq, 0);
  assert.equal(startForgetting(core, partition, 5).accepted, false, 'nothing is left');
});

test('whoever is named as a replica, in sync or learner, keeps what it holds', () => {
  for (const named of [config(5, [a, b, self]), config(5, [a, b], { replicas: [a, b, self] }), config(5, [a, b], { learners: [self] })])
    assert.equal(startForgetting(holder(named), partition, 2).accepted, false);
});

test('whoever promised an epoch that no map has shown yet may have been taken in again under it', () => {
  const core = holder(config(5, [a, b]), 6);
  assert.equal(startForgetting(core, partition, 2).accepted, false);
  learn(core, config(6, [a, b]));
  assert.equal(startForgetting(core, partition, 3).accepted, true);
});

test('a node that is forgetting acks no Prepare, though it is a learner again', () => {
  const core = holder(config(5, [a, b]));
  step(core, { kind: 'stream-opened', stream: 1, peer: a, direction: 'accepted', transport: 'unix' }, 2);
  startForgetting(core, partition, 3);
  const back = config(6, [a, b], { learners: [self] });
  const entry = makeEntry(epoch(6), 1, 0, Buffer.from('y'));
  const prepare = {
    kind: 'prepare',
    partition,
    epoch: epoch(6),
    feed: 1,
    config: back,
    prevSeq: 0,
    prevHash: 0,
    entries: [entry],
    commit: 0,
  } as const;
  const sent = (effects: ReturnType<typeof step>): string[] => effects.flatMap((e) => (e.kind === 'send' ? [e.message.kind] : []));
  assert.deepEqual(sent(step(core, { kind: 'received', stream: 1, message: prepare }, 4)), []);
  assert.deepEqual(sent(step(core, { kind: 'snapshot-aborted', partition }, 5)), ['gap'], 'it is told at the end where to begin');
});

test('L4: a stopping node waits for what others can take over, and no longer', () => {
  const core = holder(config(5, [a, self, b]));
  assert.equal(canStillLeave(core), false, 'nobody is connected');
  step(core, { kind: 'stream-opened', stream: 1, peer: a, direction: 'dialed', transport: 'unix' }, 2);
  assert.equal(canStillLeave(core), false, 'one is below the minimum');
  step(core, { kind: 'stream-opened', stream: 2, peer: b, direction: 'dialed', transport: 'unix' }, 3);
  assert.equal(canStillLeave(core), true);
  step(core, { kind: 'stream-opened', stream: 3, peer: b, direction: 'accepted', transport: 'unix' }, 4);
  const beacon = { kind: 'beacon', sentMs: 4, reachesGateway: true, stopping: true, leads: [], configs: [] } as const;
  step(core, { kind: 'received', stream: 3, message: beacon }, 5);
  assert.equal(canStillLeave(core), false, 'one of them stops as well');
  learn(core, config(6, [a, b]));
  assert.equal(canStillLeave(core), false, 'it has left');
});
