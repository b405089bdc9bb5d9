import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOf } from './digest-verdict.ts';

const others = (...digests: (bigint | undefined)[]): { digest: bigint | undefined }[] => digests.map((digest) => ({ digest }));

test('D4: the majority is right, and without one the primary, whose rows were read again', () => {
  assert.equal(verdictOf(1n, others(1n, 1n)), 'equal');
  assert.equal(verdictOf(1n, others(undefined, undefined)), 'equal', 'who says nothing does not differ');
  assert.equal(verdictOf(1n, others(1n, 2n)), 'others-differ');
  assert.equal(verdictOf(1n, others(2n)), 'others-differ');
  assert.equal(verdictOf(1n, others(2n, 3n)), 'others-differ');
  assert.equal(verdictOf(1n, others(2n, undefined)), 'others-differ');
  assert.equal(verdictOf(1n, others(2n, 2n)), 'outvoted');
});
