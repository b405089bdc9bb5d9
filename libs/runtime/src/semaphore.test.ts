import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSemaphore } from './index.ts';

test('units are given out in order, and given back once', async () => {
  const semaphore = createSemaphore(3);
  const order: string[] = [];
  const releaseA = await semaphore.acquire(2);
  const big = semaphore.acquire(3).then((release) => (order.push('big'), release));
  const small = semaphore.acquire(1).then((release) => (order.push('small'), release));
  await new Promise(setImmediate);
  assert.deepEqual(order, [], 'the small one does not overtake the big one');
  releaseA();
  releaseA();
  (await big)();
  (await small)();
  assert.deepEqual([order, semaphore.available, semaphore.waiting], [['big', 'small'], 3, 0]);
});

test('more than all is all; a full queue and an aborted wait reject', async () => {
  const semaphore = createSemaphore(2, 1);
  const release = await semaphore.acquire(99);
  assert.equal(semaphore.available, 0);
  const abort = new AbortController();
  const waiting = semaphore.acquire(1, abort.signal);
  await assert.rejects(semaphore.acquire(), { code: 'queue-full' });
  abort.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  release();
  assert.equal(semaphore.available, 2);
});
