import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRuleWriter } from './rule-writer.ts';

test('changes that come while rules are written are written together, and each caller waits for its own', async () => {
  const finish: (() => void)[] = [];
  let writes = 0;
  const writer = createRuleWriter({ sleep: async () => undefined }, () => {
    writes++;
    return new Promise((resolve) => finish.push(resolve));
  });
  const first = writer.write();
  await new Promise(setImmediate);
  const others = [writer.write(), writer.write(), writer.write()];
  await new Promise(setImmediate);
  assert.equal(writes, 1);
  finish[0]!();
  await first;
  await new Promise(setImmediate);
  assert.equal(writes, 2);
  finish[1]!();
  await Promise.all(others);
});

test('a write that fails fails those who asked for it, and not the next', async () => {
  let isBroken = true;
  const writer = createRuleWriter({ sleep: async () => undefined }, async () => {
    if (isBroken) throw new Error('nft said no');
  });
  await assert.rejects(writer.write(), /nft said no/);
  isBroken = false;
  await writer.write();
});
