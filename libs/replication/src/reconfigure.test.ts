import assert from 'node:assert/strict';
import { test } from 'node:test';
import { step } from './core.ts';
import { b, FROM_B, mapOf, proposedIn, servingCore, TO_B } from './testing/connected-core.ts';
import { DEFAULT_TIMINGS } from './types.ts';

const PARTITIONS = 20;
const AT_ONCE = 8;

test('who is gone is dropped from all partitions at once, and taken in again a few at a time', () => {
  const core = servingCore(PARTITIONS);
  step(core, { kind: 'stream-closed', stream: TO_B, endedBy: 'peer' }, 10);
  step(core, { kind: 'stream-closed', stream: FROM_B, endedBy: 'peer' }, 10);
  const drops = proposedIn(step(core, { kind: 'tick' }, 10 + DEFAULT_TIMINGS.streamPatienceMs));
  assert.equal(drops.length, PARTITIONS, 'all writes wait for it');
  step(core, mapOf(...drops), 120);

  let first = proposedIn(step(core, { kind: 'stream-opened', stream: 9, peer: b, direction: 'dialed', transport: 'unix' }, 200));
  const taken = new Set<number>();
  for (let nowMs = 220; first.length > 0; nowMs += 20) {
    assert.ok(first.length <= AT_ONCE);
    assert.deepEqual(proposedIn(step(core, { kind: 'tick' }, nowMs)), [], 'these are under way');
    for (const { partition, learners } of first) {
      assert.deepEqual(learners, [b]);
      taken.add(partition);
    }
    const more = proposedIn(step(core, mapOf(...first), nowMs + 1));
    first = [...more, ...proposedIn(step(core, { kind: 'tick' }, nowMs + 2))];
  }
  assert.equal(taken.size, PARTITIONS);
});
