import type { PartitionId } from '@pilvi/cluster-map';
import { IntentRecord } from '@pilvi/contracts/index/v1/record';
import { Table, tableRange, unframe } from '@pilvi/object-index';
import type { HousekeepingComponents } from './housekeeping.ts';

const ROWS_PER_ROUND = 200;

/** Fences uploads whose gateway gave no sign of life (K2): their chunks become garbage, and no commit can name them any more. */
export async function expireIntents({ rows, clock, timings, runInternal }: HousekeepingComponents, partition: PartitionId): Promise<void> {
  const dueMs = clock.wallMs() - timings.intentExpiryMs;
  await using cursor = rows.cursor(tableRange(partition, Table.intent));
  for (const [, value] of await cursor.next(ROWS_PER_ROUND)) {
    const intent = IntentRecord.decode(unframe(value));
    if (Number(intent.renewedMs) > dueMs) continue;
    await runInternal(partition, {
      op: { $case: 'abortIntent', value: { bucketId: '', intentId: intent.intentId, notRenewedSinceMs: BigInt(Math.floor(dueMs)) } },
    });
  }
}
