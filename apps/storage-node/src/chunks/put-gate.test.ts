import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPutGate } from './put-gate.ts';

test('K4: a partition is shut when the puts under way have ended, and none begins until it is opened', async () => {
  const gate = createPutGate();
  const ends = [gate.enter(1), gate.enter(1)];
  const elsewhere = gate.enter(2);
  let isShut = false;
  const shutting = gate.shut(1).then((open) => {
    isShut = true;
    return open;
  });
  assert.equal(gate.enter(1), undefined, 'none begins while those under way are waited for');
  ends[0]?.();
  await new Promise(setImmediate);
  assert.equal(isShut, false);
  ends[1]?.();
  const open = await shutting;
  assert.equal(gate.enter(1), undefined);
  assert.notEqual(gate.enter(2), undefined, 'another partition is not shut');
  open();
  assert.notEqual(gate.enter(1), undefined);
  elsewhere?.();
});
