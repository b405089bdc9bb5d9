import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import { ObjectRecord, PartRecord } from '@pilvi/contracts/index/v1/record';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { extentsOf, rowOfRepairKey, Table, tableRange, unframe } from '@pilvi/object-index';
import type { HousekeepingComponents } from './housekeeping.ts';

const SCAN_ROWS = 500;

/** Which nodes should hold a partition's chunks now: its replicas, but for those whose disk is gone. */
interface WantedHolders {
  readonly live: readonly Incarnation[];
  /** Copies that every chunk should have, be there nodes for them or not. */
  readonly copies: number;
}

/** A row with a chunk that a live replica lacks, or that names a holder which is no replica any more. */
export interface RepairTask {
  /** The fewest copies that one of its extents has. */
  readonly copies: number;
  /** It could not be repaired: not again before this time, on the monotonic clock. */
  notBeforeMs: number;
}

/** What a primary knows of its partition's rows (K1, P3). */
export interface RepairState {
  /** For which holders the census was taken. */
  takenFor: string;
  /** Rows to be repaired, by key in latin1. */
  readonly tasks: Map<string, RepairTask>;
  /** Rows with fewer copies than wanted, for which there is no node to copy to. */
  helpless: number;
}

/** Finds the rows to be repaired: all of them when the replicas changed, else what commits noted (K1). */
export async function lookForRepairs(components: HousekeepingComponents, partition: PartitionId, state: RepairState): Promise<void> {
  const { rows } = components;
  const takenFor = nameOf(wantedHolders(components, partition));
  await rows.flushed();
  if (state.takenFor !== takenFor) {
    state.tasks.clear();
    state.helpless = 0;
    await takeCensus(components, partition, state);
    state.takenFor = takenFor;
  }
  await using noted = rows.cursor(tableRange(partition, Table.repair));
  for (const [key] of await noted.next(SCAN_ROWS)) {
    const row = rowOfRepairKey(key).toString('latin1');
    if (!state.tasks.has(row)) state.tasks.set(row, { copies: components.host.placement(partition).minCopies, notBeforeMs: 0 });
  }
}

/** How many rows lack copies; undefined while that is not known for the present replicas. */
export function countLacking(
  components: HousekeepingComponents,
  partition: PartitionId,
  state: RepairState | undefined,
): number | undefined {
  const wanted = wantedHolders(components, partition);
  if (state === undefined || state.takenFor !== nameOf(wanted)) return undefined;
  // A row that only names too many holders lacks nothing.
  return [...state.tasks.values()].filter((task) => task.copies < wanted.live.length).length + state.helpless;
}

async function takeCensus(components: HousekeepingComponents, partition: PartitionId, state: RepairState): Promise<void> {
  const wanted = wantedHolders(components, partition);
  for (const table of [Table.object, Table.part]) {
    await using cursor = components.rows.cursor(tableRange(partition, table));
    for (let page = await cursor.next(SCAN_ROWS); page.length > 0; page = await cursor.next(SCAN_ROWS)) {
      for (const [key, value] of page) {
        const extents = extentsIn(key, value);
        const copies = Math.min(...extents.map((extent) => wanted.live.filter((node) => extent.holders.includes(node)).length));
        const isStray = extents.some((extent) => extent.holders.length > wanted.live.length);
        if (copies < wanted.live.length || isStray) state.tasks.set(key.toString('latin1'), { copies, notBeforeMs: 0 });
        if (copies === wanted.live.length && copies < wanted.copies) state.helpless++;
      }
    }
  }
}

/** Extents of a stored object or part. */
export function extentsIn(key: Buffer, value: Buffer): Extent[] {
  const body = unframe(value);
  return extentsOf(key[2] === Table.part ? PartRecord.decode(body).layout : ObjectRecord.decode(body).layout);
}

export function wantedHolders({ host, maps }: HousekeepingComponents, partition: PartitionId): WantedHolders {
  const map = maps.current();
  const replicas = host.placement(partition).replicas.map((r) => incarnation(r.incarnation));
  const live = replicas.filter((node) => map?.members.get(node)?.state !== 'retired');
  return { live, copies: Math.max(live.length, map?.settings.copies ?? 1) };
}

function nameOf({ live, copies }: WantedHolders): string {
  return `${String(copies)} on ${live.join()}`;
}
