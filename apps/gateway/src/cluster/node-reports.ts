import type { Incarnation } from '@pilvi/cluster-map';
import type { Heartbeat, PartitionReport } from '@pilvi/contracts/cluster/v1/service';
import type { Clock } from '@pilvi/runtime';

/** A node that sent nothing for this long is shown as unreachable. */
const SILENT_AFTER_MS = 3_000;

/** The last heartbeat of each node, and when it came. What the cluster really does is read from here, never assumed. */
export interface NodeReports {
  record(node: Incarnation, heartbeat: Heartbeat): void;
  forget(node: Incarnation): void;
  /** The last heartbeat, or undefined when it is too old to speak for the node. */
  fresh(node: Incarnation): Heartbeat | undefined;
  /** How long a node has been silent; counted from this gateway's start for one never heard. */
  silentMs(node: Incarnation): number;
  /** What the partition's serving primary last said of it. */
  primaryReport(partition: number, primary: Incarnation): PartitionReport | undefined;
}

export function createNodeReports(clock: Clock): NodeReports {
  const startedMs = clock.monotonicMs();
  const last = new Map<Incarnation, { heartbeat: Heartbeat; byPartition: Map<number, PartitionReport>; atMs: number }>();
  const heardMs = new Map<Incarnation, number>();

  function freshEntry(node: Incarnation) {
    const entry = last.get(node);
    return entry !== undefined && clock.monotonicMs() - entry.atMs < SILENT_AFTER_MS ? entry : undefined;
  }

  return {
    record(node, heartbeat) {
      const atMs = clock.monotonicMs();
      heardMs.set(node, atMs);
      last.set(node, { heartbeat, byPartition: new Map(heartbeat.partitions.map((p) => [p.partition, p])), atMs });
    },
    forget(node) {
      last.delete(node);
    },
    fresh: (node) => freshEntry(node)?.heartbeat,
    silentMs: (node) => clock.monotonicMs() - (heardMs.get(node) ?? startedMs),
    primaryReport(partition, primary) {
      const report = freshEntry(primary)?.byPartition.get(partition);
      return report?.role === 'primary' ? report : undefined;
    },
  };
}
