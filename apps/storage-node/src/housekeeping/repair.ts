import { crc32 } from 'node:zlib';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import { ChunkState } from '@pilvi/contracts/chunk/v1/service';
import type { UpdateHolders } from '@pilvi/contracts/index/v1/command';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { fullyHeld } from '@pilvi/object-index';
import { isConnected } from '@pilvi/replication';
import type { Semaphore } from '@pilvi/runtime';
import { chunkIdsOf } from './chunk-ids.ts';
import type { HousekeepingComponents } from './housekeeping.ts';
import type { PeerChunks } from './peer-chunks.ts';
import { extentsIn, wantedHolders } from './repair-census.ts';
import type { RepairState, RepairTask } from './repair-census.ts';

/** Rows repaired in one round; then the counts are told and new ones are looked for. */
const ROWS_PER_ROUND = 256;
/** Rows under repair at a time: their commits wait for disks, not for this node. */
const ROWS_AT_A_TIME = 8;
/** Chunks copied at a time by this node. */
export const CHUNKS_AT_A_TIME = 2;
/** P3: clients come first. After each copy its place rests for so many times as long as it took, unless a row has one copy left. */
const REST_SHARE = 2;
/** A row that could not be repaired waits: the others go first. */
const AGAIN_AFTER_MS = 3_000;

/** One round over the partitions that this node leads, rows with one copy left first (P3). Says how many rows were repaired. */
export async function repairRound(
  components: HousekeepingComponents,
  states: ReadonlyMap<PartitionId, RepairState>,
  places: Semaphore,
  signal: AbortSignal,
): Promise<number> {
  const queue = nextRows(states, components.clock.monotonicMs());
  let repaired = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined && !signal.aborted; next = queue.pop()) {
      const { partition, row, state } = next;
      const isUrgent = isLastCopy(state.tasks.get(row));
      const repair = { partition, row: Buffer.from(row, 'latin1'), isUrgent, places, signal };
      const outcome = await repairRow(components, repair).catch((error: unknown) => {
        if (!signal.aborted) components.log.warn({ err: error, partition }, 'a repair is put off');
        return 'failed';
      });
      const task = state.tasks.get(row);
      if (outcome !== 'failed') state.tasks.delete(row);
      else if (task !== undefined) task.notBeforeMs = components.clock.monotonicMs() + AGAIN_AFTER_MS;
      if (outcome === 'repaired') repaired++;
    }
  };
  await Promise.all(Array.from({ length: ROWS_AT_A_TIME }, worker));
  return repaired;
}

interface NextRow {
  readonly partition: PartitionId;
  readonly row: string;
  readonly state: RepairState;
}

/** Rows with one copy left before all others; the first comes last, where it is taken from. */
function nextRows(states: ReadonlyMap<PartitionId, RepairState>, nowMs: number): NextRow[] {
  const urgent: NextRow[] = [];
  const others: NextRow[] = [];
  for (const [partition, state] of states) {
    for (const [row, task] of state.tasks) {
      if (task.notBeforeMs > nowMs) continue;
      const list = isLastCopy(task) ? urgent : others;
      if (list.length < ROWS_PER_ROUND) list.push({ partition, row, state });
    }
  }
  return [...urgent, ...others].slice(0, ROWS_PER_ROUND).reverse();
}

function isLastCopy(task: RepairTask | undefined): boolean {
  return task !== undefined && task.copies <= 1;
}

interface RowRepair {
  readonly partition: PartitionId;
  readonly row: Buffer;
  /** One copy is left. */
  readonly isUrgent: boolean;
  readonly places: Semaphore;
  readonly signal: AbortSignal;
}

async function repairRow(components: HousekeepingComponents, repair: RowRepair): Promise<'repaired' | 'nothing to do' | 'failed'> {
  const { rows, host, runInternal } = components;
  const { partition, row } = repair;
  const value = rows.committed.get(row);
  const extents = value === undefined ? [] : extentsIn(row, value);
  let lacking = 0;
  let filled = 0;
  let trimmed = false;
  for (const extent of extents) {
    const { live } = wantedHolders(components, partition);
    const missing = live.filter((node) => !extent.holders.includes(node));
    const has: Incarnation[] = [];
    for (const node of missing) if (isConnected(host.core, node) && (await copyExtent(components, repair, extent, node))) has.push(node);
    lacking += missing.length;
    filled += has.length;
    // K4: who went away is named no more once all others have it, and may then delete it.
    const holders = has.length === missing.length ? live : [...extent.holders, ...has].filter((h) => !isRetired(components, h));
    if (sameHolders(holders, extent.holders)) continue;
    await runInternal(partition, { op: { $case: 'updateHolders', value: updateOf(row, extent, [...holders]) } });
    trimmed ||= missing.length === 0;
  }
  if (lacking > 0) return filled === lacking ? 'repaired' : 'failed';
  if (trimmed) return 'repaired';
  // A note for which nothing is left to do would be read again for ever; an update that changes no holder clears it.
  if (fullyHeld(host.placement(partition), { kind: { $case: 'chunked', value: { extents } } }))
    await runInternal(partition, { op: { $case: 'updateHolders', value: updateOf(row, extents[0], extents[0]?.holders ?? []) } });
  return 'nothing to do';
}

function isRetired({ maps }: HousekeepingComponents, holder: string): boolean {
  return maps.current()?.members.get(incarnation(holder))?.state === 'retired';
}

function sameHolders(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((holder) => b.includes(holder));
}

function updateOf(row: Buffer, extent: Extent | undefined, holders: string[]): UpdateHolders {
  return { row, intentId: extent?.intentId ?? Buffer.alloc(0), firstTick: extent?.tickDeltas[0] ?? 0n, holders };
}

async function copyExtent(components: HousekeepingComponents, repair: RowRepair, extent: Extent, to: Incarnation): Promise<boolean> {
  const { clock } = components;
  const copied = await Promise.all(
    chunkIdsOf(extent).map(async (id) => {
      const release = await repair.places.acquire(1, repair.signal);
      try {
        const startedMs = clock.monotonicMs();
        const isCopied = await copyChunk(components, repair.partition, extent, id, to);
        if (!repair.isUrgent) await clock.sleep(REST_SHARE * (clock.monotonicMs() - startedMs), repair.signal);
        return isCopied;
      } finally {
        release();
      }
    }),
  );
  return copied.every(Boolean);
}

/** It may have come after the commit (K1). */
async function holds(peers: PeerChunks, node: Incarnation, id: Buffer): Promise<boolean> {
  const answer = await peers.call(node, { $case: 'stat', value: { chunkIds: [id], verify: true } }).catch(() => undefined);
  return answer?.$case === 'stats' && answer.value.states[0] === ChunkState.SOUND;
}

/** From a holder that has it sound to one that lacks it; false when there is no such holder, or it could not be stored. */
async function copyChunk(
  { peers, log }: HousekeepingComponents,
  partition: PartitionId,
  extent: Extent,
  id: Buffer,
  to: Incarnation,
): Promise<boolean> {
  if (await holds(peers, to, id)) return true;
  const failures: string[] = [];
  for (const holder of extent.holders) {
    const answer = await peers.call(incarnation(holder), { $case: 'get', value: { chunkId: id, offset: 0, length: 0 } }).catch(String);
    if (typeof answer !== 'object' || answer.$case !== 'data') {
      failures.push(`${holder}: ${failureText(answer)}`);
      continue;
    }
    const { data } = answer.value;
    const put = { chunkId: id, partition, owner: extent.intentId, crc32: crc32(data), data };
    const stored = await peers.call(to, { $case: 'put', value: put }).catch(String);
    if (typeof stored === 'object' && stored.$case === 'done') return true;
    failures.push(`to ${to}: ${failureText(stored)}`);
    break;
  }
  log.debug({ chunk: id.toString('hex'), partition, to, failures }, 'a chunk could not be copied');
  return false;
}

function failureText(answer: string | { readonly $case: string; readonly value: unknown } | undefined): string {
  if (typeof answer === 'string') return answer;
  if (answer === undefined) return 'not in the map';
  return answer.$case === 'failure' ? (answer.value as { detail: string }).detail : answer.$case;
}
