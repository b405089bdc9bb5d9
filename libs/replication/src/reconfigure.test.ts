import assert from 'node:assert/strict';
import { test } from 'node:test';
import { step } from './core.ts';
import { b, FROM_B, mapOf, proposedIn, servingCore, TO_B } from './testing/connected-core.ts';
import { DEFAULT_TIMINGS } from './types.ts';

const PARTITIONS = 30;
const PER_TURN = 16;
const TURN_MS = 100;

test('who is gone is dropped from all partitions at once, and taken in again a few at a time', () => {
  const core = servingCore(PARTITIONS);
  step(core, { kind: 'stream-closed', stream: TO_B, endedBy: 'peer' }, 10);
  step(core, { kind: 'stream-closed', stream: FROM_B, endedBy: 'peer' }, 10);
  const drops = proposedIn(step(core, { kind: 'tick' }, 10 + DEFAULT_TIMINGS.streamPatienceMs));
  assert.equal(drops.length, PARTITIONS, 'all writes wait for it');
  step(core, mapOf(...drops), 120);

  const taken = new Set<number>();
  let asked = proposedIn(step(core, { kind: 'stream-opened', stream: 9, peer: b, direction: 'dialed', transport: 'unix' }, 200));
  for (let nowMs = 200; asked.length > 0; nowMs += TURN_MS) {
    assert.ok(asked.length <= PER_TURN);
    assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, nowMs + TURN_MS - 1)), [], 'the turn is not over');
    for (const { partition, learners } of asked) {
      assert.deepEqual(learners, [b]);
      taken.add(partition);
    }
    asked = proposedIn(step(core, { kind: 'tick' }, nowMs + TURN_MS));
  }
  assert.equal(taken.size, PARTITIONS);
});
