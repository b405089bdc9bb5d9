import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, partitionId } from '@pilvi/cluster-map';
import type { Epoch, PartitionConfig } from '@pilvi/cluster-map';
import { propose, step } from './core.ts';
import type { Core } from './state.ts';
import { a, b, configOf, FROM_B, mapOf, proposedIn, self, servingCore, TO_A, TO_B } from './testing/connected-core.ts';
import type { Effect, PeerMessage } from './types.ts';

const partition = partitionId(0);
const BACK = 9;

function sentTo(stream: number, effects: readonly Effect[]): PeerMessage[] {
  return effects.flatMap((e) => (e.kind === 'send' && e.stream === stream ? [e.message] : []));
}

function lastPrepare(effects: readonly Effect[], stream: number): Extract<PeerMessage, { kind: 'prepare' }> {
  const prepare = sentTo(stream, effects).findLast((m) => m.kind === 'prepare');
  assert.ok(prepare);
  return prepare;
}

/** Proposes an entry, which the given followers and this node's own disk have at once. */
function commit(core: Core, nowMs: number, streams: readonly number[]): number {
  const { seq, effects } = propose(core, partition, Buffer.from('x'), nowMs);
  assert.ok(seq !== undefined);
  step(core, { kind: 'log-durable', token: core.nextToken - 1 }, nowMs);
  for (const stream of streams) {
    const { epoch: at, feed } = lastPrepare(effects, stream);
    step(core, { kind: 'received', stream, message: { kind: 'ack', partition, epoch: at, feed, seq } }, nowMs);
  }
  assert.equal(core.replicas.get(partition)?.commit, seq);
  return seq;
}

/** Leads with `a` and `b` until `b` is dropped at time 200, with two entries committed before and three after. */
function withoutB(): Core {
  const core = servingCore(1);
  for (const nowMs of [50, 60]) commit(core, nowMs, [TO_A, TO_B]);
  step(core, { kind: 'stream-closed', stream: TO_B, endedBy: 'peer' }, 100);
  step(core, { kind: 'stream-closed', stream: FROM_B, endedBy: 'peer' }, 100);
  step(core, mapOf(dropped(core, 200)), 201);
  for (const nowMs of [300, 310, 320]) commit(core, nowMs, [TO_A]);
  return core;
}

function dropped(core: Core, nowMs: number): PartitionConfig {
  const [config] = proposedIn(step(core, { kind: 'tick' }, nowMs));
  assert.deepEqual(config?.inSync, [self, a]);
  return config;
}

/** `b`, which was killed before its first checkpoint, cannot follow what it was offered: its log ends with the entry given. */
function gapOf(core: Core, effects: readonly Effect[], nowMs: number, last: { lastEpoch: Epoch; lastSeq: number }): Effect[] {
  const { epoch: at, feed } = lastPrepare(effects, BACK);
  return step(core, { kind: 'received', stream: BACK, message: { kind: 'gap', partition, epoch: at, feed, commit: 0, ...last } }, nowMs);
}

/** `b` comes back as a learner. */
function takenIn(core: Core, nowMs: number): Effect[] {
  const [next] = proposedIn(step(core, { kind: 'stream-opened', stream: BACK, peer: b, direction: 'dialed', transport: 'unix' }, nowMs));
  assert.deepEqual(next?.learners, [b]);
  return step(core, mapOf(next), nowMs + 1);
}

function baseOf(core: Core): number | undefined {
  return core.replicas.get(partition)?.log.base.seq;
}

test('M3: a checkpoint leaves the log that a member which left not long ago will need', () => {
  const core = withoutB();
  step(core, { kind: 'checkpointed', partition, seq: 5 }, 400);
  assert.equal(baseOf(core), 2);
  step(core, { kind: 'checkpointed', partition, seq: 5 }, 30_000);
  assert.equal(baseOf(core), 5, 'not for ever');
});

test('M3: nothing is pinned once every copy is there again', () => {
  const core = withoutB();
  const whole = configOf(0, 50, a);
  step(core, mapOf(whole), 390);
  step(core, { kind: 'checkpointed', partition, seq: 5 }, 400);
  assert.equal(baseOf(core), 5);
});

/** What `b` is offered after its first, and after its second gap. */
function offers(core: Core, nowMs: number, last: { lastEpoch: Epoch; lastSeq: number }) {
  const first = gapOf(core, takenIn(core, nowMs), nowMs + 10, last);
  const second = gapOf(core, first, nowMs + 20, last);
  return { first, second, third: gapOf(core, second, nowMs + 30, last) };
}

function offered(effects: readonly Effect[]): { above: number; seqs: number[] } {
  const { prevSeq, entries } = lastPrepare(effects, BACK);
  return { above: prevSeq, seqs: entries.map((e) => e.seq) };
}

const SERVED_UNDER = epoch(2);

test('M1: a killed node, which knows an old commit point only, is fed from where its log ends', () => {
  const core = withoutB();
  step(core, { kind: 'checkpointed', partition, seq: 5 }, 400);
  const { first, second, third } = offers(core, 500, { lastEpoch: SERVED_UNDER, lastSeq: 2 });
  assert.deepEqual(offered(first), { above: 2, seqs: [3, 4, 5] });
  assert.deepEqual(offered(second), { above: 2, seqs: [3, 4, 5] }, 'then from its commit point, or where the log begins');
  assert.ok(third.some((e) => e.kind === 'send-snapshot' && e.to === b));
});

test('M1: entries that a killed primary alone had are passed over by their epoch', () => {
  const core = withoutB();
  const { first, second } = offers(core, 500, { lastEpoch: epoch(1), lastSeq: 9 });
  assert.equal(offered(first).above, 0, 'no entry here is that old');
  assert.equal(offered(second).above, 0);
  const newer = withoutB();
  assert.equal(
    offered(offers(newer, 500, { lastEpoch: SERVED_UNDER, lastSeq: 4 }).first).above,
    2,
    'entries 3 and 4 here are of a later epoch',
  );
});

test('M1: one whose log ends below what was trimmed is given a snapshot at once', () => {
  const core = withoutB();
  step(core, { kind: 'checkpointed', partition, seq: 5 }, 30_000);
  const answered = gapOf(core, takenIn(core, 30_500), 30_510, { lastEpoch: SERVED_UNDER, lastSeq: 2 });
  assert.ok(answered.some((e) => e.kind === 'send-snapshot' && e.to === b));
});
