import { createMemoryControlStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import type { Clock, Random } from '@pilvi/runtime';
import { createBucketDirectory } from './bucket-directory.ts';
import type { RunningBucketDirectory } from './bucket-directory.ts';
import { createObjectStore } from './create-object-store.ts';
import { createMemoryChunkClient } from './memory-chunk-client.ts';
import type { MemoryChunkClient } from './memory-chunk-client.ts';
import { createMemoryIndexClient } from './memory-index-client.ts';
import type { MemoryIndexClient } from './memory-index-client.ts';
import type { ObjectStore } from './object-store.ts';
import type { ObjectStoreSettings } from './settings.ts';

/** A whole object store in one process, with the same logic as the real one, and what can be made to fail in it. */
export interface InMemoryCloud extends AsyncDisposable {
  readonly objects: ObjectStore;
  readonly buckets: RunningBucketDirectory;
  readonly index: MemoryIndexClient;
  readonly chunks: MemoryChunkClient;
  readonly control: ControlStore;
  /** Resolves when the background work of what has happened so far is done. */
  idle(): Promise<void>;
}

export interface InMemoryCloudOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly nodes?: number;
  readonly partitions?: number;
  readonly settings?: Partial<ObjectStoreSettings>;
}

export function createInMemoryCloud({
  clock = systemClock,
  random = systemRandom,
  nodes = 3,
  partitions = 16,
  settings,
}: InMemoryCloudOptions = {}): InMemoryCloud {
  const background = createSupervisor({ log: silentLogger, clock, random });
  const chunks = createMemoryChunkClient({ clock, nodes });
  const placement = (): ReturnType<Parameters<typeof createMemoryIndexClient>[0]['placement']> => {
    const { copies, zones } = chunks.minimum();
    return { replicas: chunks.nodes.filter((node) => node.isReplica), minCopies: copies, minZones: zones };
  };
  const index = createMemoryIndexClient({ clock, random, placement, partitions });
  const control = createMemoryControlStore({ clock });
  return {
    index,
    chunks,
    control,
    objects: createObjectStore({ index, chunks, clock, random, background, ...(settings === undefined ? {} : { settings }) }),
    buckets: createBucketDirectory({ control, index, clock, random }),
    async idle() {
      while (background.running.length > 0) await clock.sleep(1);
    },
    async [Symbol.asyncDispose]() {
      await background.shutdown();
      await control[Symbol.asyncDispose]();
    },
  };
}
