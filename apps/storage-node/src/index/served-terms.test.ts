import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionId } from '@pilvi/cluster-map';
import type { ReplicaStatus } from '@pilvi/replication';
import { createManualClock } from '@pilvi/runtime';
import { createServedTerms } from './served-terms.ts';

const P = partitionId(3);

function setUp(role: ReplicaStatus['role']) {
  const clock = createManualClock();
  const status = { partition: P, role, epoch: 7, serving: false } as { -readonly [K in keyof ReplicaStatus]: ReplicaStatus[K] };
  const terms = createServedTerms(clock, () => status);
  return { clock, status, terms };
}

test('a request waits until the won term serves, and for nothing else', async () => {
  const { status, terms } = setUp('primary');
  const waiting = terms.servingSoon(P, 1_500);
  terms.changed(P); // a change that does not make it serve
  await Promise.resolve();
  status.serving = true;
  terms.changed(P);
  assert.equal(await waiting, 7);
});

test('a term that ends before it serves is not waited for any longer', async () => {
  const { status, terms } = setUp('primary');
  const waiting = terms.servingSoon(P, 1_500);
  status.role = 'secondary';
  terms.changed(P);
  assert.equal(await waiting, undefined);
});

test('patience ends', async () => {
  const { clock, terms } = setUp('primary');
  const waiting = terms.servingSoon(P, 1_500);
  await clock.advance(1_500);
  assert.equal(await waiting, undefined);
});

test('where there is no term, the answer is there at once', async () => {
  const { terms } = setUp('secondary');
  assert.equal(await terms.servingSoon(P, 1_500), undefined);
});
