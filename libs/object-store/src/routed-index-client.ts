import { partitionId, partitionOf } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource, PartitionId } from '@pilvi/cluster-map';
import type { Clock, Random } from '@pilvi/runtime';
import type { IndexClient } from './clients.ts';
import { ObjectStoreError } from './errors.ts';
import { executeAtPrimary } from './execute-at-primary.ts';
import { listObjectsOverNodes, listUploadsOverNodes } from './list-over-nodes.ts';
import { createMapWatch } from './map-watch.ts';
import type { MapWatch } from './map-watch.ts';
import type { IndexSessions } from './node-sessions.ts';

/** Bounds of the routed index client. */
export interface RoutedIndexSettings {
  /** Gateways retry for at most a minute (W3). */
  readonly patienceMs: number;
  /** One attempt waits so long for its answer; it ends earlier when another node becomes primary. */
  readonly attemptMs: number;
  readonly retryFirstMs: number;
  readonly retryCapMs: number;
}

export const DEFAULT_ROUTED_INDEX_SETTINGS: RoutedIndexSettings = {
  patienceMs: 60_000,
  attemptMs: 10_000,
  retryFirstMs: 10,
  retryCapMs: 200,
};

export interface RoutedIndexComponents {
  readonly map: ClusterMapSource;
  readonly watch: MapWatch;
  readonly sessions: IndexSessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RoutedIndexSettings;
}

export type RoutedIndexOptions = Pick<RoutedIndexComponents, 'map' | 'sessions' | 'clock' | 'random'> & {
  readonly settings?: Partial<RoutedIndexSettings>;
};

/** Runs commands at the primaries that the map names, through failovers. Disposal ends its subscription to the map. */
export function createRoutedIndexClient({ map, sessions, clock, random, settings }: RoutedIndexOptions): IndexClient & Disposable {
  const watch = createMapWatch(map, clock);
  const components: RoutedIndexComponents = {
    map,
    watch,
    sessions,
    clock,
    random,
    settings: { ...DEFAULT_ROUTED_INDEX_SETTINGS, ...settings },
  };
  let known: readonly PartitionId[] = [];

  function partitions(): readonly PartitionId[] {
    const count = currentMap(map).settings.partitions;
    if (known.length !== count) known = Array.from({ length: count }, (_, n) => partitionId(n));
    return known;
  }

  return {
    partitions,
    partitionOf: (bucket, key) => partitionOf(bucket, key, currentMap(map).settings.partitions),
    execute: (partition, command, signal) => executeAtPrimary(components, partition, command, signal),
    list: async (query, signal) => listObjectsOverNodes(components, partitions(), query, signal),
    listUploads: async (query, signal) => listUploadsOverNodes(components, partitions(), query, signal),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

export function currentMap(map: ClusterMapSource): ClusterMap {
  const current = map.current();
  if (current === undefined) throw new ObjectStoreError('unavailable', 'no cluster map yet');
  return current;
}
