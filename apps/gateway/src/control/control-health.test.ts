import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControlStore } from '@pilvi/control-store';
import { createManualClock, silentLogger } from '@pilvi/runtime';
import { createControlHealth } from './control-health.ts';
import { RESTORED_KEY } from './restore/restored-record.ts';

test('a gateway that knew the store before it was restored starts again; one that finds it restored does not', async () => {
  await using control = createMemoryControlStore();
  const restored = (id: string) => control.txn([], [{ kind: 'put', key: RESTORED_KEY, value: Buffer.from(id) }]);
  for (const [before, after] of [
    [undefined, 'one'],
    ['one', 'two'],
  ]) {
    if (before !== undefined) await restored(before);
    const clock = createManualClock();
    const health = createControlHealth({ clock, log: silentLogger });
    const watching = health.watch(control, new AbortController().signal);
    watching.catch(() => undefined);
    while (health.reason() !== '') await new Promise(setImmediate);
    await restored(after!);
    let ended = false;
    watching.catch(() => (ended = true));
    for (let i = 0; i < 10_000 && !ended; i++) {
      await clock.advance(1_000);
      await new Promise(setImmediate);
    }
    await assert.rejects(watching, /was restored from a backup/);
  }
});
