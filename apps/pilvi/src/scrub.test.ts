import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultOf } from './scrub.ts';

const node = (incarnation: string, running: boolean, finishedMs: number, healed = 0) => ({
  incarnation,
  scrub: { running, finishedMs, healed },
});

test('a scrub is over when the node has finished another one', () => {
  const before = node('i', false, 5);
  assert.equal(resultOf(node('i', false, 5), before), undefined, 'not begun');
  assert.equal(resultOf(node('i', true, 5), before), undefined, 'under way');
  assert.equal(resultOf(node('i', false, 9), before), 'everything is sound');
  assert.equal(resultOf(node('i', false, 9, 3), before), '3 damaged or missing pieces mended');
  assert.equal(resultOf(node('i', false, 0), undefined), undefined, 'the process is new and has not begun');
});

test('a node whose disk was set aside says so', () => {
  assert.match(resultOf(node('j', false, 0), node('i', false, 5)) ?? '', /set aside/);
});
