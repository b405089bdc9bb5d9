import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standInRules } from './stand-in.ts';

test('who stands in gives way to any listener inside, and is reached by that port alone', () => {
  const lines = standInRules(22, 40_001)
    .split('\n')
    .map((line) => line.trim());
  const order = ['socket wildcard 0 accept', 'socket wildcard 1 accept', 'redirect to :40001'].map((end) =>
    lines.indexOf(`iifname "eth0" tcp dport 22 ${end}`),
  );
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    order,
  );
  assert.ok(!order.includes(-1));
  assert.ok(lines.includes('iifname "eth0" tcp dport 40001 ct original proto-dst != 22 drop'));
});
