import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock, createSeededRandom, systemClock, systemRandom } from './index.ts';

test('the manual clock fires in order of time and stands still otherwise', async () => {
  const clock = createManualClock(1_000);
  const fired: string[] = [];
  clock.after(30, () => fired.push(`c${clock.monotonicMs()}`));
  clock.after(10, () => {
    fired.push(`a${clock.monotonicMs()}`);
    clock.after(10, () => fired.push(`b${clock.monotonicMs()}`));
  });
  const ticks = clock.interval(12, () => fired.push(`t${clock.monotonicMs()}`));
  clock.after(20, () => fired.push('never')).cancel();
  await clock.advance(29);
  ticks.cancel();
  assert.deepEqual(fired, ['a10', 't12', 'b20', 't24']);
  await clock.advance(1);
  assert.deepEqual([fired.at(-1), clock.wallMs(), clock.waiting], ['c30', 1_030, 0]);
});

test('a sleep ends at its time, or with its signal’s reason', async () => {
  for (const clock of [createManualClock(), systemClock]) {
    const abort = new AbortController();
    const asleep = clock.sleep(60_000, abort.signal);
    abort.abort(new Error('woken'));
    await assert.rejects(asleep, /woken/);
    await assert.rejects(clock.sleep(1, abort.signal), /woken/);
  }
  const startedMs = systemClock.monotonicMs();
  await systemClock.sleep(20);
  assert.ok(systemClock.monotonicMs() - startedMs >= 19);
});

test('a seed repeats itself; the machine’s chance does not', () => {
  const [a, b, c] = [createSeededRandom(7), createSeededRandom(7), createSeededRandom(8)];
  assert.equal(a.hex(16), b.hex(16));
  assert.notEqual(a.hex(16), c.hex(16));
  for (let i = 0; i < 1_000; i++) assert.ok(a.fraction() >= 0 && a.fraction() < 1);
  assert.match(systemRandom.hex(8), /^[0-9a-f]{16}$/);
  assert.notEqual(systemRandom.hex(16), systemRandom.hex(16));
  assert.ok(systemRandom.fraction() < 1);
});
