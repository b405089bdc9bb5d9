import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '@pilvi/simulator';
import { judgeHistories } from './judge-histories.ts';

function operation(
  key: string,
  type: Operation['type'],
  atMs: number,
  answer: Operation['answer'],
  value: string | null = null,
): Operation {
  return { id: atMs, type, key, value, invokedMs: atMs, returnedMs: answer === undefined ? Infinity : atMs + 1, answer };
}

test('a stale read is a violation of its key alone, and an unanswered write is none', () => {
  const history = [
    operation('sound', 'put', 0, 'ok', 'a'),
    operation('sound', 'put', 2, undefined, 'b'),
    operation('sound', 'get', 4, 'a'),
    operation('stale', 'put', 0, 'ok', 'a'),
    operation('stale', 'put', 2, 'ok', 'b'),
    operation('stale', 'get', 4, 'a'),
  ];
  assert.deepEqual(judgeHistories(history), { operations: 6, unknown: 1, keys: 2, violations: ['stale'], undecided: [] });
});
