import type { PartitionId } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';
import type { PartitionGates } from './partition-gates.ts';
import type { PartitionHost } from './partition-host.ts';

/** From when one came; less than a gateway waits for one attempt. A primary below its minimum commits nothing (I3), and nobody is kept behind those who have gone. */
const PATIENCE_MS = 8_000;

/** What was proposed before did not commit in time. Nothing was decided. */
export class Unsettled extends Error {
  override readonly name = 'Unsettled';
  constructor() {
    super('what was proposed before does not commit');
  }
}

/** Runs `decide` with the partition to itself, on what has committed. Throws TermEnded, or Unsettled. */
export function decideAlone<T>(
  { host, gates, clock }: { readonly host: PartitionHost; readonly gates: PartitionGates; readonly clock: Clock },
  partition: PartitionId,
  decide: () => Promise<T>,
): Promise<T> {
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  return gates.alone(partition, async () => {
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) throw new Unsettled();
    const over = new AbortController();
    const patience = clock.sleep(leftMs, over.signal).then(() => {
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
