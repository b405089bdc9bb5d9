import type { ClusterMap, ClusterMapSource, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';

interface Waiter {
  readonly isMet: (map: ClusterMap) => boolean;
  readonly wake: () => void;
}

/** Waits for the map to change; one subscription for all who wait. */
export interface MapWatch extends Disposable {
  configOf(partition: PartitionId): PartitionConfig | undefined;
  /** Resolves when the map fulfils the condition (at once if it does), or after `maxMs`; rejects when the signal aborts. */
  wait(isMet: (map: ClusterMap) => boolean, maxMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `wake` once when the map fulfils the condition, unless the returned function is called before. */
  when(isMet: (map: ClusterMap) => boolean, wake: () => void): () => void;
}

export function createMapWatch(map: ClusterMapSource, clock: Clock): MapWatch {
  const waiters = new Set<Waiter>();
  const unsubscribe = map.subscribe((current) => {
    for (const waiter of [...waiters]) {
      if (!waiters.has(waiter) || !waiter.isMet(current)) continue;
      waiters.delete(waiter);
      waiter.wake();
    }
  });

  function when(isMet: (map: ClusterMap) => boolean, wake: () => void): () => void {
    const waiter = { isMet, wake };
    waiters.add(waiter);
    return () => void waiters.delete(waiter);
  }

  return {
    configOf: (partition) => map.current()?.partitions[partition],
    when,
    async wait(isMet, maxMs, signal) {
      const current = map.current();
      if (current !== undefined && isMet(current)) return;
      const early = new AbortController();
      const forget = when(isMet, () => early.abort());
      try {
        await clock.sleep(maxMs, signal === undefined ? early.signal : AbortSignal.any([early.signal, signal]));
      } catch (error) {
        if (!early.signal.aborted) throw error;
      } finally {
        forget();
      }
    },
    [Symbol.dispose]: unsubscribe,
  };
}
