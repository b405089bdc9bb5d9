import type { PartitionId } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';
import type { PartitionGates } from './partition-gates.ts';
import type { PartitionHost } from './partition-host.ts';

/** As long as a gateway waits for one attempt: a primary below its minimum commits nothing (I3), and who comes later is not kept behind one whom nobody hears. */
const SETTLE_PATIENCE_MS = 10_000;

/** What was proposed before did not commit in time. Nothing was decided. */
export class Unsettled extends Error {
  override readonly name = 'Unsettled';
}

/** Runs `decide` with the partition to itself, on what has committed. Throws TermEnded, or Unsettled. */
export function decideAlone<T>(
  { host, gates, clock }: { readonly host: PartitionHost; readonly gates: PartitionGates; readonly clock: Clock },
  partition: PartitionId,
  decide: () => Promise<T>,
): Promise<T> {
  return gates.alone(partition, async () => {
    const over = new AbortController();
    const patience = clock.sleep(SETTLE_PATIENCE_MS, over.signal).then(() => {
      throw new Unsettled();
    });
    try {
      await Promise.race([host.settled(partition), patience]);
    } finally {
      over.abort();
    }
    return decide();
  });
}
