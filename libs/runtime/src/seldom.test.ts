import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from './manual-clock.ts';
import { createSeldom } from './seldom.ts';

test('each kind is told once in an interval, with how often it was passed over', async () => {
  const clock = createManualClock();
  const seldom = createSeldom(clock, 1_000);
  assert.deepEqual([seldom.tell('a'), seldom.tell('a'), seldom.tell('b'), seldom.tell('a')], [0, undefined, 0, undefined]);
  await clock.advance(1_000);
  assert.deepEqual([seldom.tell('a'), seldom.tell('a'), seldom.tell('b')], [2, undefined, 0]);
});
