import type { Epoch, PartitionId } from '@pilvi/cluster-map';
import type { ReplicaStatus } from '@pilvi/replication';
import type { Clock } from '@pilvi/runtime';
import type { PartitionHost } from './partition-host.ts';

/** Which partitions are served here, and the requests that came while a won claim does not serve yet. */
export interface ServedTerms extends Pick<PartitionHost, 'serving' | 'servingSoon'> {
  /** This node's role in the partition changed. */
  changed(partition: PartitionId): void;
}

export function createServedTerms(clock: Clock, statusOf: (partition: PartitionId) => ReplicaStatus | undefined): ServedTerms {
  const waiting = new Map<PartitionId, Set<() => void>>();

  function nextChange(partition: PartitionId, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const others = waiting.get(partition) ?? new Set();
      waiting.set(partition, others);
      const timer = clock.after(ms, wake);
      others.add(wake);
      function wake(): void {
        timer.cancel();
        others.delete(wake);
        resolve();
      }
    });
  }

  function serving(partition: PartitionId): Epoch | undefined {
    const status = statusOf(partition);
    return status?.serving === true ? status.epoch : undefined;
  }

  return {
    serving,
    async servingSoon(partition, patienceMs) {
      const untilMs = clock.monotonicMs() + patienceMs;
      for (let leftMs = patienceMs; leftMs > 0; leftMs = untilMs - clock.monotonicMs()) {
        const status = statusOf(partition);
        if (status?.role !== 'primary' || status.serving) break;
        await nextChange(partition, leftMs);
      }
      return serving(partition);
    },
    changed(partition) {
      for (const wake of waiting.get(partition) ?? []) wake();
    },
  };
}
