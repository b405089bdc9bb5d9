import type { ClusterMap, ClusterMapSource, ClusterSettings, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { ControlStore, KeyValue, WatchEvent } from '@pilvi/control-store';
import { CLUSTER_PREFIX, MEMBER_PREFIX, PARTITION_PREFIX, REVISION_BASE_KEY, SETTINGS_KEY } from './keys.ts';
import { decodeBase, decodeConfig, decodeMember, decodeSettings } from './stored-form.ts';

/**
 * Keeps the newest cluster map in memory by watching the control store. The map is the only place from which the
 * outcome of a proposal is learnt (REPLICATION C3).
 */
export interface MapKeeper extends ClusterMapSource {
  /** The stored key behind a part of the map, as the watch last told it: good for a CAS, which fails when it is old. */
  stored(key: string): KeyValue | undefined;
  /** Watches until the signal aborts; throws when the watch is lost, to be run again. */
  follow(control: ControlStore, signal: AbortSignal): Promise<void>;
}

export function createMapKeeper(): MapKeeper {
  let map: ClusterMap | undefined;
  let entries: ReadonlyMap<string, KeyValue> = new Map();
  const listeners = new Set<(map: ClusterMap) => void>();

  function publish(next: ClusterMap | undefined): void {
    // A watch that began anew may be told of before the last word of the one before it.
    if (next === undefined || next.revision < (map?.revision ?? 0)) return;
    map = next;
    for (const listener of listeners) listener(next);
  }

  return {
    current: () => map,
    stored: (key) => entries.get(key),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async follow(control, signal) {
      const { revision, picture } = await readAll(control);
      entries = picture.entries;
      publish(build(revision, picture));
      let isWaiting = false;
      let newest = revision;
      for await (const batch of control.watch(CLUSTER_PREFIX, revision + 1, signal)) {
        for (const event of batch.events) apply(picture, event);
        // A failover changes every partition that the dead node had a part in, and one fsync makes many of them durable: all listeners are told
        // once of what came together.
        newest = batch.revision;
        if (isWaiting) continue;
        isWaiting = true;
        setImmediate(() => {
          isWaiting = false;
          publish(build(newest, picture));
        });
      }
    },
  };
}

interface Picture {
  settings: ClusterSettings | undefined;
  /** Added to the store's revisions. */
  base: number;
  readonly members: Map<Incarnation, Member>;
  readonly partitions: (PartitionConfig | undefined)[];
  readonly entries: Map<string, KeyValue>;
}

async function readAll(control: ControlStore): Promise<{ revision: number; picture: Picture }> {
  const page = await control.range(CLUSTER_PREFIX);
  const picture: Picture = { settings: undefined, base: 0, members: new Map(), partitions: [], entries: new Map() };
  for (const entry of page.entries) put(picture, entry);
  return { revision: page.revision, picture };
}

function apply(picture: Picture, event: WatchEvent): void {
  switch (event.kind) {
    case 'put':
      put(picture, event.entry);
      return;
    case 'delete':
      picture.entries.delete(event.key);
      if (event.key.startsWith(MEMBER_PREFIX)) picture.members.delete(event.key.slice(MEMBER_PREFIX.length) as Incarnation);
      return;
  }
}

function put(picture: Picture, entry: KeyValue): void {
  picture.entries.set(entry.key, entry);
  if (entry.key === SETTINGS_KEY) picture.settings = decodeSettings(entry.value);
  else if (entry.key === REVISION_BASE_KEY) picture.base = decodeBase(entry.value);
  else if (entry.key.startsWith(MEMBER_PREFIX)) {
    const member = decodeMember(entry.value);
    picture.members.set(member.incarnation, member);
  } else if (entry.key.startsWith(PARTITION_PREFIX)) {
    const config = decodeConfig(entry.value);
    picture.partitions[config.partition] = config;
  }
}

function build(revision: number, picture: Picture): ClusterMap | undefined {
  if (picture.settings === undefined) return undefined;
  return {
    revision: revision + picture.base,
    settings: picture.settings,
    members: new Map(picture.members),
    partitions: [...picture.partitions],
  };
}
