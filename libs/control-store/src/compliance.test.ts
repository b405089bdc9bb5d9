import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, systemClock } from '@pilvi/runtime';
import type { ManualClock } from '@pilvi/runtime';
import { testControlStore } from './compliance.ts';
import { openEmbeddedControlStore } from './embedded-store.ts';
import { createMemoryControlStore } from './memory-store.ts';
import { openMirrorStorage } from './mirror-storage.ts';
import type { ControlMirror } from './mirror.ts';
import { copyIds } from './testing/copy-ids.ts';

const SEGMENT_BYTES = 64 * 1024;

/** A mirror that knows how many of its calls have not been answered yet. */
function counting(inner: ControlMirror): ControlMirror & { readonly unanswered: number } {
  let unanswered = 0;
  const count = async <T>(call: Promise<T>): Promise<T> => {
    unanswered++;
    try {
      return await call;
    } finally {
      unanswered--;
    }
  };
  return {
    id: inner.id,
    describe: (signal) => count(inner.describe(signal)),
    append: (request, signal) => count(inner.append(request, signal)),
    install: (parts, signal) => count(inner.install(parts, signal)),
    read: (clusterId, signal) => inner.read(clusterId, signal),
    get unanswered() {
      return unanswered;
    },
  };
}

/** The disks are real: time stands still while one is at work, else a call to a mirror could seem to take too long. */
function passWithDisks(clock: ManualClock, mirrors: readonly { readonly unanswered: number }[]): (ms: number) => Promise<void> {
  return async (ms) => {
    for (let left = ms; left > 0; left -= 100) {
      await clock.advance(Math.min(left, 100));
      while (mirrors.some((m) => m.unanswered > 0)) await systemClock.sleep(1);
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
    const storages = await Promise.all(
      Array.from({ length: mirrorCount }, (_, i) =>
        openMirrorStorage({ id: `m${String(i)}`, directory: join(directory, `m${String(i)}`), segmentBytes: SEGMENT_BYTES }),
      ),
    );
    const mirrors = storages.map(counting);
    const store = await openEmbeddedControlStore({
      directory: join(directory, 'own'),
      segmentBytes: SEGMENT_BYTES,
      clock,
      candidates: mirrors,
    });
    store.setMirrors(mirrors);
    await store.requireMirrors(await copyIds(mirrors));
    return {
      store,
      pass: passWithDisks(clock, mirrors),
      compactBelow: async (revision) => {
        store.compact(revision);
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        for (const storage of storages) await storage[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      },
    };
  });
}
