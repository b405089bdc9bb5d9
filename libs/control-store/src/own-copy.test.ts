import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownCopy } from './own-copy.ts';

test('a copy keeps nothing but itself in memory', () => {
  const value = Buffer.from('a few bytes of a large message');
  const own = ownCopy(value);
  assert.ok(own.equals(value));
  assert.equal(own.buffer.byteLength, value.length);
});
