import type { ClusterMapSource, Incarnation, PartitionConfig } from '@pilvi/cluster-map';
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
  /** Another gateway is in touch with the node. */
  noteAlive(node: Incarnation): void;
  /** How long a node has been silent, to other gateways too; counted from this gateway's start for one never heard. */
  silentMs(node: Incarnation): number;
  /** What the partition's serving primary last said of it. */
  primaryReport(partition: number, primary: Incarnation): PartitionReport | undefined;
  /**
   * Whether the primary said that it serves, under this configuration or an earlier one since which it has been the primary: it goes on serving while it
   * changes its own replicas, and its word of the newest epoch is a little behind the map.
   */
  serves(config: PartitionConfig): boolean;
}

interface Tenure {
  readonly primary: Incarnation;
  readonly sinceEpoch: number;
  readonly epoch: number;
}

export function createNodeReports(clock: Clock, maps: ClusterMapSource): NodeReports {
  const startedMs = clock.monotonicMs();
  const last = new Map<Incarnation, { heartbeat: Heartbeat; byPartition: Map<number, PartitionReport>; atMs: number }>();
  const heardMs = new Map<Incarnation, number>();

  /** Since which epoch each partition has had its primary, as far as this gateway has seen every one. */
  const tenures = new Map<number, Tenure>();
  maps.subscribe((map) => {
    for (const config of map.partitions) if (config !== undefined) noteTenure(tenures, config);
  });

  function freshEntry(node: Incarnation) {
    const entry = last.get(node);
    return entry !== undefined && clock.monotonicMs() - entry.atMs < SILENT_AFTER_MS ? entry : undefined;
  }

  function primaryReport(partition: number, primary: Incarnation): PartitionReport | undefined {
    const report = freshEntry(primary)?.byPartition.get(partition);
    return report?.role === 'primary' ? report : undefined;
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
    noteAlive(node) {
      heardMs.set(node, clock.monotonicMs());
    },
    fresh: (node) => freshEntry(node)?.heartbeat,
    silentMs: (node) => clock.monotonicMs() - (heardMs.get(node) ?? startedMs),
    primaryReport,
    serves(config) {
      const report = primaryReport(config.partition, config.primary);
      const tenure = tenures.get(config.partition);
      const since = tenure?.primary === config.primary ? tenure.sinceEpoch : config.epoch;
      return report?.serving === true && Number(report.epoch) >= since;
    },
  };
}

function noteTenure(tenures: Map<number, Tenure>, { partition, primary, epoch }: PartitionConfig): void {
  const last = tenures.get(partition);
  if (last?.epoch === epoch) return;
  const goesOn = last?.primary === primary && last.epoch + 1 === epoch;
  tenures.set(partition, { primary, epoch, sinceEpoch: goesOn ? last.sinceEpoch : epoch });
}
