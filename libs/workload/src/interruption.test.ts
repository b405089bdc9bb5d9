import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptionOf } from './interruption.ts';

test('the longest gap lies between two answers, whoever got them', () => {
  const served = [
    { beganMs: 0, endedMs: 100 },
    { beganMs: 100, endedMs: 900 },
    { beganMs: 50, endedMs: 200 },
  ];
  assert.deepEqual(interruptionOf(served, 0, 1_000), { operations: 3, longestGapMs: 700, longestWaitMs: 800 });
});

test('a service that never answers again is interrupted until the end', () => {
  assert.equal(interruptionOf([{ beganMs: 0, endedMs: 10 }], 0, 5_000).longestGapMs, 4_990);
  assert.equal(interruptionOf([], 0, 5_000).longestGapMs, 5_000);
});
