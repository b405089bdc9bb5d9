// Stands in for @pilvi/object-store in the gateway of a cluster that is to be broken on purpose.
import type { ClusterMap, ClusterMapSource } from '@pilvi/cluster-map';
import { isMutation } from '@pilvi/object-index';
import * as real from '@pilvi/object-store';
import type { IndexClient } from '@pilvi/object-store';

export * from '@pilvi/object-store';

const { searchParams } = new URL(import.meta.url);
/** Half of all reads go where the map pointed so long ago, as through a second gateway that hears of changes late. */
const lagMs = Number(searchParams.get('map-lag-ms') ?? '0');

export function createRoutedIndexClient(options: Parameters<typeof real.createRoutedIndexClient>[0]): IndexClient & Disposable {
  const prompt = real.createRoutedIndexClient(options);
  if (lagMs === 0) return prompt;
  const late = real.createRoutedIndexClient({ ...options, map: lagging(options.map) });
  const either = (): IndexClient => (Math.random() < 0.5 ? late : prompt);
  return {
    ...prompt,
    execute: (partition, command, signal) => (isMutation(command) ? prompt : either()).execute(partition, command, signal),
    list: (query, signal) => either().list(query, signal),
    [Symbol.dispose]() {
      prompt[Symbol.dispose]();
      late[Symbol.dispose]();
    },
  };
}

/** The same maps, later. */
function lagging(source: ClusterMapSource): ClusterMapSource {
  const past: { readonly atMs: number; readonly map: ClusterMap }[] = [];
  const note = (): void => {
    const map = source.current();
    if (map !== undefined && past.at(-1)?.map !== map) past.push({ atMs: performance.now(), map });
  };
  const current = (): ClusterMap | undefined => {
    note();
    while (past[1] !== undefined && past[1].atMs <= performance.now() - lagMs) past.shift();
    return past[0]?.map;
  };
  source.subscribe(note);
  return {
    current,
    subscribe: (listener) =>
      source.subscribe(() => {
        setTimeout(() => {
          const map = current();
          if (map !== undefined) listener(map);
        }, lagMs).unref();
      }),
  };
}
