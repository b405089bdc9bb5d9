import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import { GarbageRecord } from '@pilvi/contracts/index/v1/record';
import { Table, tableRange, unframe } from '@pilvi/object-index';
import { chunkIdsOf } from './chunk-ids.ts';
import type { HousekeepingComponents } from './housekeeping.ts';

/** Garbage rows of one partition swept in one round. */
const ROWS_PER_ROUND = 200;

/** Deletes chunks that nothing names any more, wherever they lie, then the rows that told of them (K3). */
export async function sweepGarbage(components: HousekeepingComponents, partition: PartitionId): Promise<void> {
  const { rows, clock, runInternal, timings } = components;
  await rows.flushed();
  const dueMs = clock.wallMs() - timings.garbageAfterMs;
  const done: Buffer[] = [];
  await using cursor = rows.cursor(tableRange(partition, Table.garbage));
  for (const [key, value] of await cursor.next(ROWS_PER_ROUND)) {
    const garbage = GarbageRecord.decode(unframe(value));
    if (Number(garbage.sinceMs) > dueMs) break;
    if (await sweepOne(components, partition, garbage)) done.push(Buffer.from(key));
  }
  if (done.length > 0) await runInternal(partition, { op: { $case: 'removeGarbage', value: { rows: done } } });
}

/** False when a node that may hold some of it does not answer: the row stays, and is tried again. */
async function sweepOne({ peers, host, log }: HousekeepingComponents, partition: PartitionId, garbage: GarbageRecord): Promise<boolean> {
  const replicas = host.placement(partition).replicas.map((r) => incarnation(r.incarnation));
  try {
    if (garbage.intentId.length > 0) {
      await Promise.all(replicas.map((node) => peers.call(node, { $case: 'deleteOwned', value: { partition, owner: garbage.intentId } })));
    }
    for (const extent of garbage.extents) {
      const holders = new Set<Incarnation>([...extent.holders.map(incarnation), ...replicas]);
      const chunkIds = chunkIdsOf(extent);
      await Promise.all([...holders].map((node) => peers.call(node, { $case: 'delete', value: { partition, chunkIds } })));
    }
    return true;
  } catch (error) {
    log.debug({ err: error, partition }, 'garbage stays for now');
    return false;
  }
}
