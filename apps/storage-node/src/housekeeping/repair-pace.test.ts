import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRepairPace } from './repair-pace.ts';

const MIB = 1024 * 1024;

test('a copy as quick as ever rests not at all, one that waits for others rests for long, and never for ever', () => {
  const pace = createRepairPace();
  assert.equal(pace.restMs(MIB, 10), 0);
  assert.equal(pace.restMs(MIB, 10), 0);
  assert.equal(pace.restMs(MIB, 20), 40);
  assert.equal(pace.restMs(MIB, 1_000), 4_000);
  assert.equal(pace.restMs(MIB, 10), 0);
});

test('a small copy is not taken for a quick one', () => {
  const pace = createRepairPace();
  pace.restMs(4_096, 3);
  assert.ok(pace.restMs(MIB, 14) < 14);
});

test('on a machine that became slower the quickest copy of long ago counts no more', () => {
  const pace = createRepairPace();
  pace.restMs(MIB, 10);
  for (let i = 0; i < 1_100; i++) pace.restMs(MIB, 20);
  assert.equal(pace.restMs(MIB, 20), 0);
});
