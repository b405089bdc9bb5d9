import { assignPartitions, epoch, partitionId, proposalId } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { WantedPlacement } from '@pilvi/contracts/cluster/v1/service';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { ClusterSessions } from './cluster-service.ts';
import { partitionKey, SETTINGS_KEY } from './keys.ts';
import type { Leadership, Term } from './leadership.ts';
import type { NodeReports } from './node-reports.ts';
import { raiseMinimum } from './raise-copies.ts';
import { encodeConfig } from './stored-form.ts';

/** Until everything has its place nobody is served: nodes that join are waited for by the moment. */
const UNPLACED_LOOK_MS = 50;
/** etcd takes 128 changes in a transaction, and as many conditions. */
const PARTITIONS_PER_TXN = 100;

export interface PlacementSettings {
  /** The first placement waits for this many nodes. */
  readonly expectedNodes: number;
  /** A node silent for this long loses its places to others (P2). */
  readonly deadAfterMs: number;
  /** How often placements are looked at, once there are some. */
  readonly intervalMs: number;
}

interface Components {
  readonly control: ControlStore;
  readonly maps: ClusterMapSource;
  readonly reports: NodeReports;
  readonly sessions: ClusterSessions;
  /** Of several gateways one decides. */
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Decides who should hold what (P1, P2) and asks the primaries to work towards it; it never changes a partition itself (C4). */
export async function runPlacementController(components: Components, settings: PlacementSettings, signal: AbortSignal): Promise<void> {
  const { maps, clock, log, leadership } = components;
  while (!signal.aborted) {
    const map = maps.current();
    const term = leadership.term();
    let pauseMs = map !== undefined && isPlaced(map) ? settings.intervalMs : UNPLACED_LOOK_MS;
    if (map !== undefined && term !== undefined) {
      await controlOnce(components, settings, map, term).catch((error: unknown) => {
        // C4: with the control store away nothing but this waits.
        if (!(error instanceof ControlStoreError)) throw error;
        pauseMs = settings.intervalMs;
        log.warn({ code: error.code, reason: error.message }, 'placements are not looked at: the control store does not serve');
      });
    }
    await clock.sleep(pauseMs, signal);
  }
}

function isPlaced(map: ClusterMap): boolean {
  return Array.from({ length: map.settings.partitions }, (_, i) => map.partitions[i]).every((p) => p !== undefined);
}

async function controlOnce(components: Components, settings: PlacementSettings, map: ClusterMap, term: Term): Promise<void> {
  if (!isPlaced(map)) {
    await placeFirst(components, settings, map, term);
    return;
  }
  advise(components, map, liveMembers(components, settings, map), term);
  await raiseMinimum(components, term);
}

/**
 * A new cluster: every partition at epoch 1, everybody in sync with an empty log; the named primary claims before it serves (I2). A part of them at a time;
 * whoever leads when a gateway died over it places those that have no place yet.
 */
async function placeFirst(
  { control, clock, random, log }: Components,
  settings: PlacementSettings,
  map: ClusterMap,
  term: Term,
): Promise<void> {
  const members = [...map.members.values()].filter((m) => m.state === 'active');
  if (members.length < settings.expectedNodes) return;
  const stored = await control.get(SETTINGS_KEY);
  if (stored === undefined) return;
  const startedMs = clock.monotonicMs();
  const configs = assignPartitions({ settings: map.settings, members, current: map.partitions })
    .map((w, i): PartitionConfig => {
      const partition = partitionId(i);
      return {
        partition,
        epoch: epoch(1),
        proposal: proposalId(random.hex(8)),
        replicas: w.replicas,
        primary: w.primary,
        inSync: w.replicas,
        learners: [],
      };
    })
    .filter((config) => map.partitions[config.partition] === undefined);
  let won = 0;
  for (let from = 0; from < configs.length; from += PARTITIONS_PER_TXN) {
    const some = configs.slice(from, from + PARTITIONS_PER_TXN);
    const result = await control.txn(
      [
        { key: SETTINGS_KEY, modRevision: stored.modRevision },
        ...term.compares,
        ...some.map((c) => ({ key: partitionKey(c.partition), modRevision: 0 })),
      ],
      some.map((c) => ({ kind: 'put', key: partitionKey(c.partition), value: encodeConfig(c) })),
    );
    if (result.succeeded) won += some.length;
  }
  if (won > 0)
    log.info({ partitions: configs.length, nodes: members.length, won, tookMs: clock.monotonicMs() - startedMs }, 'partitions placed');
}

function liveMembers({ reports, sessions }: Components, settings: PlacementSettings, map: ClusterMap): Member[] {
  return placeable(
    [...map.members.values()].filter((m) => sessions.connected(m.incarnation) || reports.silentMs(m.incarnation) < settings.deadAfterMs),
    map.settings.copies,
  );
}

/** Who may hold data, of the members that live: one that drains only while there are too few others, who died since it began. */
export function placeable(live: readonly Member[], copies: number): Member[] {
  const active = live.filter((m) => m.state === 'active');
  return active.length >= copies ? active : live.filter((m) => m.state !== 'retired');
}

function advise({ sessions, log }: Components, map: ClusterMap, members: readonly Member[], term: Term): void {
  if (members.length === 0) return;
  const wanted = assignPartitions({ settings: map.settings, members, current: map.partitions });
  const byPrimary = new Map<Incarnation, WantedPlacement[]>();
  wanted.forEach((w, i) => {
    const current = map.partitions[i];
    if (current === undefined || (sameSet(w.replicas, current.replicas) && w.primary === current.primary)) return;
    const list = byPrimary.get(current.primary) ?? [];
    list.push({ partition: i, replicas: [...w.replicas], primary: w.primary });
    byPrimary.set(current.primary, list);
  });
  for (const [primary, list] of byPrimary) {
    const reached = sessions.advise(primary, list, term.number);
    log.debug({ primary, partitions: list.length, reached }, 'placement advised');
  }
}

function sameSet(a: readonly Incarnation[], b: readonly Incarnation[]): boolean {
  return a.length === b.length && a.every((x) => b.includes(x));
}
