import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenForStop } from './stop-signals.ts';

test('the same Ctrl-C told several times is one request; a later one kills', async () => {
  let nowMs = 0;
  let kills = 0;
  const stop = listenForStop(
    () => (kills += 1),
    () => nowMs,
  );
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    process.once(signal, resolve);
    process.kill(process.pid, signal);
    await promise;
  };
  await send('SIGINT');
  await stop.asked;
  assert.ok(stop.signal.aborted);
  nowMs = 400;
  await send('SIGINT');
  await send('SIGTERM');
  assert.deepEqual([kills, stop.killed()], [0, false]);
  nowMs = 1500;
  await send('SIGINT');
  assert.deepEqual([kills, stop.killed()], [1, true]);
  stop.dispose();
  assert.equal(process.listenerCount('SIGINT'), 0);
});
