import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, systemClock } from '@pilvi/runtime';
import type { ManualClock } from '@pilvi/runtime';
import { testControlStore } from './compliance.ts';
import { openEmbeddedControlStore } from './embedded-store.ts';
import { createMemoryControlStore } from './memory-store.ts';
import { openMirrorStorage } from './mirror-storage.ts';

const SEGMENT_BYTES = 64 * 1024;

/** The disks are real and need real time: else every call to a mirror would seem to take too long. */
function passWithDisks(clock: ManualClock): (ms: number) => Promise<void> {
  return async (ms) => {
    for (let left = ms; left > 0; left -= 100) {
      await clock.advance(Math.min(left, 100));
      await systemClock.sleep(3);
    }
  };
}

testControlStore('memory', async () => {
  const clock = createManualClock();
  const store = createMemoryControlStore({ clock });
  return {
    store,
    pass: (ms) => clock.advance(ms),
    compactBelow: async (revision) => {
      store.compact(revision);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
});

for (const mirrorCount of [0, 3]) {
  testControlStore(`embedded, ${String(mirrorCount)} mirrors`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pilvi-control-'));
    const clock = createManualClock();
    const mirrors = await Promise.all(
      Array.from({ length: mirrorCount }, (_, i) =>
        openMirrorStorage({ id: `m${String(i)}`, directory: join(directory, `m${String(i)}`), segmentBytes: SEGMENT_BYTES }),
      ),
    );
    const store = await openEmbeddedControlStore({
      directory: join(directory, 'own'),
      segmentBytes: SEGMENT_BYTES,
      clock,
      candidates: mirrors,
    });
    store.setMirrors(mirrors);
    return {
      store,
      pass: passWithDisks(clock),
      compactBelow: async (revision) => {
        store.compact(revision);
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        for (const mirror of mirrors) await mirror[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      },
    };
  });
}
