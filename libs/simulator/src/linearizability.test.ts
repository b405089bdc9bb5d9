import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLinearizable } from './linearizability.ts';
import type { Operation } from './linearizability.ts';

let id = 0;
function op(
  type: Operation['type'],
  invokedMs: number,
  returnedMs: number,
  answer: string | null | undefined,
  value: string | null = null,
): Operation {
  return { id: ++id, type, key: 'k', value, invokedMs, returnedMs, answer };
}

test('a read of an overwritten value is found', () => {
  const history = [op('put', 0, 1, 'ok', 'a'), op('put', 2, 3, 'ok', 'b'), op('get', 4, 5, 'a')];
  assert.equal(isLinearizable(history), false);
});

test('concurrent operations may take effect in either order', () => {
  assert.equal(isLinearizable([op('put', 0, 1, 'ok', 'a'), op('put', 2, 9, 'ok', 'b'), op('get', 3, 4, 'b'), op('get', 5, 6, 'b')]), true);
  assert.equal(isLinearizable([op('put', 0, 1, 'ok', 'a'), op('put', 2, 9, 'ok', 'b'), op('get', 3, 4, 'b'), op('get', 5, 6, 'a')]), false);
});

test('an unknown write may appear late, or never, but not twice', () => {
  const unknown = op('put', 0, Infinity, undefined, 'x');
  assert.equal(isLinearizable([unknown, op('get', 1, 2, null), op('get', 3, 4, 'x')]), true);
  assert.equal(isLinearizable([unknown, op('get', 1, 2, null)]), true);
  assert.equal(isLinearizable([unknown, op('get', 1, 2, 'x'), op('delete', 3, 4, 'ok'), op('get', 5, 6, 'x')]), false);
});

test('only one of two conditional puts wins', () => {
  assert.equal(isLinearizable([op('put-if-none-match', 0, 5, 'ok', 'a'), op('put-if-none-match', 0, 5, 'ok', 'b')]), false);
  assert.equal(isLinearizable([op('put-if-none-match', 0, 5, 'ok', 'a'), op('put-if-none-match', 0, 5, '412', 'b')]), true);
});
