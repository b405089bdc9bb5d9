import { crc32 } from 'node:zlib';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import { ObjectRecord, PartRecord } from '@pilvi/contracts/index/v1/record';
import type { Extent, Layout } from '@pilvi/contracts/index/v1/record';
import { extentsOf, fullyHeld, rowOfRepairKey, Table, tableRange, unframe } from '@pilvi/object-index';
import { chunkIdsOf } from './chunk-ids.ts';
import type { HousekeepingComponents } from './housekeeping.ts';

const SCAN_ROWS = 500;
/** Rows repaired in one round of one partition. */
const ROWS_PER_ROUND = 64;
/** Chunks copied at a time by this node (P3: clients come first). */
const CHUNKS_AT_A_TIME = 4;

/** Which rows of a partition need more copies: what commits noted (K1), and what a census found after the replicas changed. */
export interface RepairState {
  /** The replicas for which the census holds. */
  replicas: string;
  readonly pending: Set<string>;
}

/** One round for a partition that this node leads; says how many objects and parts still lack copies. */
export async function repairPartition(components: HousekeepingComponents, partition: PartitionId, state: RepairState): Promise<number> {
  const { host, rows } = components;
  const placement = host.placement(partition);
  const replicas = placement.replicas.map((r) => r.incarnation).join();
  if (state.replicas !== replicas) {
    state.pending.clear();
    await census(components, partition, state);
    state.replicas = replicas;
  }
  await rows.flushed();
  await using noted = rows.cursor(tableRange(partition, Table.repair));
  for (const [key] of await noted.next(SCAN_ROWS)) state.pending.add(rowOfRepairKey(key).toString('latin1'));
  let budget = ROWS_PER_ROUND;
  for (const row of [...state.pending]) {
    if (budget-- === 0) break;
    if (await repairRow(components, partition, Buffer.from(row, 'latin1'))) state.pending.delete(row);
  }
  return state.pending.size;
}

async function census({ rows, host }: HousekeepingComponents, partition: PartitionId, state: RepairState): Promise<void> {
  await rows.flushed();
  const placement = host.placement(partition);
  for (const table of [Table.object, Table.part]) {
    await using cursor = rows.cursor(tableRange(partition, table));
    for (let page = await cursor.next(SCAN_ROWS); page.length > 0; page = await cursor.next(SCAN_ROWS)) {
      for (const [key, value] of page) if (!fullyHeld(placement, layoutOf(key, value))) state.pending.add(key.toString('latin1'));
    }
  }
}

function layoutOf(key: Buffer, value: Buffer): Layout | undefined {
  const body = unframe(value);
  return key[2] === Table.part ? PartRecord.decode(body).layout : ObjectRecord.decode(body).layout;
}

/** True when nothing is left to do for the row. */
async function repairRow(components: HousekeepingComponents, partition: PartitionId, row: Buffer): Promise<boolean> {
  const { rows, host, runInternal } = components;
  const value = rows.committed.get(row);
  const extents = value === undefined ? [] : extentsOf(layoutOf(row, value));
  let whole = true;
  for (const extent of extents) {
    const missing = host
      .placement(partition)
      .replicas.map((r) => incarnation(r.incarnation))
      .filter((node) => !extent.holders.includes(node));
    if (missing.length === 0) continue;
    const filled: Incarnation[] = [];
    for (const node of missing) if (await copyExtent(components, partition, extent, node)) filled.push(node);
    whole &&= filled.length === missing.length;
    if (filled.length === 0) continue;
    const holders = [...extent.holders, ...filled].filter(
      (h) => components.maps.current()?.members.get(incarnation(h))?.state !== 'retired',
    );
    const update = { row, intentId: extent.intentId, firstTick: extent.tickDeltas[0] ?? 0n, holders };
    await runInternal(partition, { op: { $case: 'updateHolders', value: update } });
  }
  if (value === undefined)
    await runInternal(partition, { op: { $case: 'updateHolders', value: { row, intentId: Buffer.alloc(0), firstTick: 0n, holders: [] } } });
  return whole;
}

async function copyExtent(components: HousekeepingComponents, partition: PartitionId, extent: Extent, to: Incarnation): Promise<boolean> {
  const ids = chunkIdsOf(extent);
  for (let at = 0; at < ids.length; at += CHUNKS_AT_A_TIME) {
    const copied = await Promise.all(ids.slice(at, at + CHUNKS_AT_A_TIME).map((id) => copyChunk(components, partition, extent, id, to)));
    if (!copied.every(Boolean)) return false;
  }
  return true;
}

async function copyChunk(
  { peers }: HousekeepingComponents,
  partition: PartitionId,
  extent: Extent,
  id: Buffer,
  to: Incarnation,
): Promise<boolean> {
  for (const holder of extent.holders) {
    const answer = await peers
      .call(incarnation(holder), { $case: 'get', value: { chunkId: id, offset: 0, length: 0 } })
      .catch(() => undefined);
    if (answer?.$case !== 'data') continue;
    const { data } = answer.value;
    const put = { chunkId: id, partition, owner: extent.intentId, crc32: crc32(data), data };
    const stored = await peers.call(to, { $case: 'put', value: put }).catch(() => undefined);
    return stored?.$case === 'done';
  }
  return false;
}
