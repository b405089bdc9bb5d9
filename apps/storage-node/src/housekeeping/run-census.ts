import { partitionId } from '@pilvi/cluster-map';
import type { ClusterMap, PartitionId } from '@pilvi/cluster-map';
import type { IndexClient } from '@pilvi/object-store';
import { deleteChunks } from '../chunks/delete-chunks.ts';
import type { ChunkJournal } from '../chunks/chunk-journal.ts';
import type { PutGate } from '../chunks/put-gate.ts';
import { takeChunkCensus } from './chunk-census.ts';
import type { ChunkCensus } from './chunk-census.ts';
import type { HousekeepingComponents } from './housekeeping.ts';

/** A crash may have left orphans: the first census does not wait a day. */
const FIRST_CENSUS_AFTER_MS = 10 * 60_000;
/** Chunks deleted with one record. */
const BATCH_CHUNKS = 500;
/** Between two partitions; clients come first (P3). */
const PAUSE_MS = 20;

export interface CensusNodeComponents extends Pick<
  HousekeepingComponents,
  'host' | 'rows' | 'chunks' | 'inventory' | 'maps' | 'clock' | 'log' | 'supervisor' | 'timings' | 'counts'
> {
  readonly index: Pick<IndexClient, 'execute'>;
  readonly journal: ChunkJournal;
  readonly gate: PutGate;
}

/** By then what its primary had evaluated when the partition went away has committed, or never will (W3). */
const EVALUATED_BEFORE_MS = 60_000;

/** What is known of partitions that are not held here. */
export interface Leaving {
  /** Since when one that went away could be removed, on the monotonic clock. */
  readonly removableMs: Map<PartitionId, number>;
  /** Since when one was seen to be away. */
  readonly awayMs: Map<PartitionId, number>;
  /** Nothing of them that is here is needed here, but by those who were reading it. */
  readonly settled: Set<PartitionId>;
}

export function createLeaving(): Leaving {
  return { removableMs: new Map(), awayMs: new Map(), settled: new Set() };
}

/** What became of the partitions that went away. */
export interface Census {
  /** How many are not this node's whose chunks here may be needed. */
  unsettled(): number;
}

/** Keeps this node's disk to what it should hold: partitions that went away at once, orphans from time to time (K4). */
export function keepCensus(components: CensusNodeComponents): Census {
  const { clock, log, supervisor, timings } = components;
  const leaving: Leaving = createLeaving();
  supervisor.run(
    'census',
    async (signal) => {
      let dueMs = clock.monotonicMs() + Math.min(FIRST_CENSUS_AFTER_MS, timings.censusEveryMs);
      while (!signal.aborted) {
        await clock.sleep(timings.sweepEveryMs, signal);
        await leavePartitions(components, leaving, signal);
        if (clock.monotonicMs() < dueMs) continue;
        const orphans = await sweepOrphans(components, signal);
        components.counts.census(orphans);
        log.info({ orphans }, 'census finished');
        dueMs = clock.monotonicMs() + timings.censusEveryMs;
      }
    },
    { onFailure: 'restart' },
  );
  return {
    unsettled: () => partitionsOf(components.maps.current()).filter((p) => !isHeldHere(components, p) && !leaving.settled.has(p)).length,
  };
}

/** Looks for chunks that nobody names in every partition that this node holds, and deletes them (K4). Returns how many. */
export async function sweepOrphans(components: CensusNodeComponents, signal: AbortSignal): Promise<number> {
  const { maps, clock } = components;
  let swept = 0;
  for (const partition of partitionsOf(maps.current())) {
    if (!isHeldHere(components, partition)) continue;
    if (signal.aborted || !(await holdsAny(components, partition))) continue;
    swept += (await sweepOrphansOf(components, partition, signal)).length;
    await clock.sleep(PAUSE_MS, signal);
  }
  return swept;
}

/** The same for one partition that this node holds. Returns which they were. */
export async function sweepOrphansOf(
  components: CensusNodeComponents,
  partition: PartitionId,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  if (!isHeldHere(components, partition)) return [];
  const { orphans } = await takeChunkCensus(components, partition, signal);
  await deleteHere(components, partition, orphans);
  if (orphans.length > 0) components.log.info({ partition, orphans: orphans.length }, 'orphaned chunks deleted');
  return orphans;
}

/**
 * Partitions that went away: nothing of one is deleted until a census taken after the change finds enough copies elsewhere of all that is held here,
 * committed or intended (K4), and whoever was still reading from here has had the time to end (K3). Then its chunks go, and its rows and log.
 */
export async function leavePartitions(components: CensusNodeComponents, leaving: Leaving, signal: AbortSignal): Promise<void> {
  const { maps, clock, log } = components;
  for (const partition of partitionsOf(maps.current())) {
    if (signal.aborted) return;
    if (isHeldHere(components, partition)) {
      leaving.removableMs.delete(partition);
      leaving.awayMs.delete(partition);
      leaving.settled.delete(partition);
      continue;
    }
    if ((await holdsAny(components, partition)) && !(await leavePartition(components, partition, leaving, signal))) continue;
    if (await forgetRows(components, partition)) log.info({ partition }, 'rows and log of a partition that went away deleted');
    leaving.removableMs.delete(partition);
    leaving.settled.add(partition);
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** Deletes the chunks of one; false when they have to stay for now. */
async function leavePartition(
  components: CensusNodeComponents,
  partition: PartitionId,
  leaving: Leaving,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, gate, log, timings } = components;
  const found = await takeChunkCensus(components, partition, signal);
  const awayMs = leaving.awayMs.get(partition) ?? clock.monotonicMs();
  leaving.awayMs.set(partition, awayMs);
  // An upload under way counts the copies in present replicas only when it commits (K1), unless it was evaluated before this node left. Garbage is kept for those who
  // read it; they find it elsewhere, too.
  const mayCountOnUs = found.intended > 0 && clock.monotonicMs() - awayMs < EVALUATED_BEFORE_MS;
  if (isSafeElsewhere(components, partition, found) && !mayCountOnUs) leaving.settled.add(partition);
  else leaving.settled.delete(partition);
  if (!leaving.settled.has(partition) || found.intended > 0 || found.garbage > 0) {
    leaving.removableMs.delete(partition);
    return false;
  }
  const sinceMs = leaving.removableMs.get(partition) ?? clock.monotonicMs();
  leaving.removableMs.set(partition, sinceMs);
  if (clock.monotonicMs() - sinceMs < timings.garbageAfterMs) return false;
  // From here on no chunk comes in, and the census is taken again: what it lists is all there is. The node may be named a replica again meanwhile,
  // but no row names it as a holder before it has put a chunk here again.
  const open = await gate.shut(partition);
  try {
    const census = await takeChunkCensus(components, partition, signal);
    if (!isSafeElsewhere(components, partition, census) || census.intended > 0 || census.garbage > 0) return false;
    const ids = [...census.orphans, ...census.committed.map((c) => c.id)];
    await deleteHere(components, partition, ids);
    log.info({ partition, chunks: ids.length }, 'chunks of a partition that went away deleted');
    return true;
  } finally {
    open();
  }
}

/** Every present replica holds all that is committed, and no row counts on this node. */
function isSafeElsewhere(components: CensusNodeComponents, partition: PartitionId, { committed }: ChunkCensus): boolean {
  const replicas = components.host.placement(partition).replicas.map((r) => r.incarnation);
  const { self } = components.host.core;
  if (isHeldHere(components, partition) || replicas.length === 0) return false;
  return committed.every(({ holders }) => !holders.includes(self) && replicas.every((r) => holders.some((h) => h === r)));
}

async function forgetRows({ host, rows }: CensusNodeComponents, partition: PartitionId): Promise<boolean> {
  if (!(await host.beginForget(partition))) return false;
  await rows.clear(partition);
  host.dispatch({ kind: 'snapshot-aborted', partition });
  return true;
}

/** This node holds the partition, or is to hold it, by the newest map. */
function isHeldHere({ host, maps }: CensusNodeComponents, partition: PartitionId): boolean {
  const config = maps.current()?.partitions[partition];
  const { self } = host.core;
  return config === undefined || config.replicas.includes(self) || config.inSync.includes(self) || config.learners.includes(self);
}

async function holdsAny({ inventory }: CensusNodeComponents, partition: PartitionId): Promise<boolean> {
  for await (const _ of inventory.scan(partition)) return true;
  return false;
}

async function deleteHere(components: CensusNodeComponents, partition: PartitionId, ids: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < ids.length; at += BATCH_CHUNKS)
    await deleteChunks(components, { partition, chunkIds: ids.slice(at, at + BATCH_CHUNKS) });
}

function partitionsOf(map: ClusterMap | undefined): PartitionId[] {
  return Array.from({ length: map?.settings.partitions ?? 0 }, (_, n) => partitionId(n));
}
