import type { Clock } from '@pilvi/runtime';
import type { StoredBucket } from './bucket-record.ts';
import type { BucketStore } from './bucket-store.ts';
import { isObjectStoreError } from './errors.ts';

interface Cached {
  stored: StoredBucket;
  /** When the read that showed it was begun: it is no older than that. */
  readonly readMs: number;
}

/** A known bucket waits no longer than this for the control store. */
const REFRESH_MAX_MS = 1_000;

/** What a gateway remembers of buckets. An entry older than the bound is read again, so a change reaches every gateway within it (X2). */
export interface BucketCache {
  /** From memory within the bound; one not known is read linearizably. While the control store is down the last known state serves on (C4). */
  get(name: string, signal?: AbortSignal): Promise<StoredBucket | undefined>;
  /** What the watch, or a write of our own, has shown. */
  learn(name: string, stored: StoredBucket | undefined): void;
}

export function createBucketCache({
  store,
  clock,
  cacheMs,
}: {
  readonly store: BucketStore;
  readonly clock: Clock;
  readonly cacheMs: number;
}): BucketCache {
  const cache = new Map<string, Cached>();
  const refreshing = new Map<string, Promise<StoredBucket | undefined>>();
  /** The last word of the control store: until it answers again nobody waits for it who needs not. */
  let isAway = false;

  async function read(name: string, signal?: AbortSignal): Promise<StoredBucket | undefined> {
    const readMs = clock.monotonicMs();
    const stored = await store.read(name, signal).catch((error: unknown) => {
      isAway = isObjectStoreError(error, 'unavailable') && signal?.aborted !== true;
      throw error;
    });
    isAway = false;
    if (stored === undefined) cache.delete(name);
    else cache.set(name, { stored, readMs });
    return stored;
  }

  /** Many requests for a known bucket share one read. */
  async function refresh(name: string, known: Cached): Promise<StoredBucket | undefined> {
    try {
      let shared = refreshing.get(name);
      if (shared === undefined) {
        shared = read(name).finally(() => refreshing.delete(name));
        refreshing.set(name, shared);
      }
      if (isAway) {
        shared.catch(() => undefined); // told by isAway
        return known.stored;
      }
      const stored = await withinBound(shared);
      if (stored === 'late') return known.stored;
      if (stored !== undefined) return stored;
    } catch (error) {
      if (isObjectStoreError(error, 'unavailable')) return known.stored;
      throw error;
    }
    // X2: the shared read may be older than this request; that a bucket is missing is said by a read of its own only.
    return read(name);
  }

  /** C4: a store that says nothing counts as away. */
  async function withinBound<T>(read: Promise<T>): Promise<T | 'late'> {
    const late = Promise.withResolvers<'late'>();
    const timer = clock.after(REFRESH_MAX_MS, () => {
      isAway = true;
      late.resolve('late');
    });
    read.catch(() => undefined); // when it was left
    try {
      return await Promise.race([read, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  return {
    get(name, signal) {
      const known = cache.get(name);
      if (known === undefined) return read(name, signal);
      if (clock.monotonicMs() - known.readMs <= cacheMs) return Promise.resolve(known.stored);
      return refresh(name, known);
    },
    learn(name, stored) {
      const known = cache.get(name);
      if (known === undefined) return;
      if (stored === undefined) cache.delete(name);
      else if (stored.modRevision > known.stored.modRevision) cache.set(name, { ...known, stored });
    },
  };
}
