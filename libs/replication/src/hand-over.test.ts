import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, partitionId } from '@pilvi/cluster-map';
import { replicaStatus } from './accessors.ts';
import { propose, step } from './core.ts';
import type { Core } from './state.ts';
import {
  a,
  b,
  configOf,
  connectedCore,
  FROM_A,
  FROM_B,
  mapOf,
  proposedIn,
  self,
  servingCore,
  TO_A,
  TO_B,
} from './testing/connected-core.ts';
import { DEFAULT_TIMINGS } from './types.ts';
import type { Effect } from './types.ts';

const partition = partitionId(0);
const { releasePatienceMs, streamPatienceMs, claimStaggerMs } = DEFAULT_TIMINGS;

function isReleased(effects: readonly Effect[]): boolean {
  return effects.some((e) => e.kind === 'send' && e.message.kind === 'release' && e.stream === TO_A);
}

/** Is advised at time 100 to hand the partition over to `a`. */
function advised(core: Core): Effect[] {
  core.replicas.get(partition)!.term!.epochSinceMs = -DEFAULT_TIMINGS.handOverAfterMs;
  return step(core, { kind: 'advice', partition, replicas: [self, a, b], primary: a }, 100);
}

function released(): Core {
  const core = servingCore(1);
  assert.ok(isReleased(advised(core)));
  return core;
}

test('L4: a primary whose successor is gone takes a new epoch at once, without it', () => {
  const core = released();
  assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, 120)), [], 'it is given its time');
  step(core, { kind: 'stream-closed', stream: TO_A, endedBy: 'peer' }, 130);
  const [back] = proposedIn(step(core, { kind: 'tick' }, 140));
  assert.equal(back?.primary, self);
  assert.deepEqual(back.inSync, [self, b]);
  assert.equal(replicaStatus(core, partition)?.serving, false, 'not before the map tells that it won');
  step(core, mapOf(back), 150);
  assert.equal(replicaStatus(core, partition)?.serving, true);
});

test('L4: a successor that lives is waited for', () => {
  const core = released();
  assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, 100 + releasePatienceMs)), []);
  const [back] = proposedIn(step(core, { kind: 'tick' }, 101 + releasePatienceMs));
  assert.deepEqual(back?.inSync, [self, a, b]);
});

test('L4: a hand-over that waits for the ack of one who is gone is given up, so that this one is dropped', () => {
  const core = servingCore(1);
  assert.equal(propose(core, partition, Buffer.from('x'), 50).seq, 1);
  assert.equal(isReleased(advised(core)), false, 'the entry has not committed');
  assert.equal(propose(core, partition, Buffer.from('y'), 110).seq, undefined, 'no new entry is taken');
  step(core, { kind: 'stream-closed', stream: TO_B, endedBy: 'peer' }, 120);
  step(core, { kind: 'stream-closed', stream: FROM_B, endedBy: 'peer' }, 120);
  step(core, { kind: 'tick' }, 140);
  const [drop] = proposedIn(step(core, { kind: 'tick' }, 120 + streamPatienceMs));
  assert.deepEqual(drop?.inSync, [self, a]);
  assert.equal(propose(core, partition, Buffer.from('y'), 240).seq, 2);
});

test('L3: a primary that died before its claim was heard of is followed at once', () => {
  const core = connectedCore(1);
  step(core, mapOf(configOf(0, 1, b)), 10);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  assert.deepEqual(proposedIn(step(core, mapOf(configOf(0, 2, a)), 30)), [], 'it may be just coming back');
  const [claim] = proposedIn(step(core, { kind: 'tick' }, 30 + streamPatienceMs));
  assert.equal(claim?.primary, self);
  assert.deepEqual(claim.inSync, [self, b]);
});

test('L3: a primary that came back meanwhile is not followed', () => {
  const core = connectedCore(1);
  step(core, mapOf(configOf(0, 1, b)), 10);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  step(core, mapOf(configOf(0, 2, a)), 30);
  step(core, { kind: 'stream-opened', stream: 9, peer: a, direction: 'accepted', transport: 'unix' }, 40);
  assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, 200)), []);
});

test('L3: whoever must wait for a grace lets another claim first', () => {
  const core = connectedCore(1);
  step(core, mapOf(configOf(0, 1, b)), 10);
  const leads = [{ partition, epoch: epoch(1), commit: 0, commitHash: 0 }];
  const beacon = { kind: 'beacon', sentMs: 9, reachesGateway: true, stopping: false, configs: [], leads } as const;
  step(core, { kind: 'received', stream: FROM_B, message: beacon }, 11);
  step(core, { kind: 'stream-closed', stream: FROM_A, endedBy: 'peer' }, 20);
  step(core, mapOf(configOf(0, 2, a)), 30);
  assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, 30 + streamPatienceMs + 2 * claimStaggerMs)), []);
  assert.equal(proposedIn(step(core, { kind: 'tick' }, 30 + streamPatienceMs + 3 * claimStaggerMs)).length, 1);
});
