import { mergeMapUpdate } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource } from '@pilvi/cluster-map';
import type { MapUpdate } from '@pilvi/contracts/cluster/v1/map';

/** The newest map that any gateway has told this node of. */
export interface MapCache extends ClusterMapSource {
  /** Merges an update: per partition the highest epoch wins, whichever gateway sent it. */
  merge(update: MapUpdate): void;
}

export function createMapCache(): MapCache {
  let map: ClusterMap | undefined;
  const listeners = new Set<(map: ClusterMap) => void>();
  return {
    current: () => map,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    merge(update) {
      map = mergeMapUpdate(map, update);
      for (const listener of listeners) listener(map);
    },
  };
}
