import type { ClusterMap, PartitionConfig } from '@pilvi/cluster-map';
import type { NodeReports } from '../cluster/node-reports.ts';

/** What a partition can do now, from the reports of the nodes that really hold it. */
export interface PartitionHealth {
  readonly partition: number;
  /** Its primary says that it serves, at the epoch of the map or above. */
  readonly serving: boolean;
  /** Every member in sync was retired: its disk is gone, or was set aside. An empty one never takes its place (C2, C6). */
  readonly lost: boolean;
  /** A replica in sync had another digest than the primary when they were last compared (D4). */
  readonly differs: boolean;
  /** Fewer copies in sync than the cluster wants. */
  readonly underReplicated: boolean;
  /** Objects and parts with fewer copies than wanted; undefined while not counted. */
  readonly objectsUnderReplicated: number | undefined;
}

export interface ClusterHealth {
  readonly placed: boolean;
  /** Every partition serves reads and writes. */
  readonly serving: boolean;
  /** Copies survive the loss of a node. */
  readonly redundant: boolean;
  readonly partitions: readonly PartitionHealth[];
  /** Why it cannot serve, for a person; empty when it can. */
  readonly reason: string;
}

/** `controlStore`: why the control store does not serve, empty when it does. */
export function clusterHealth(map: ClusterMap | undefined, reports: NodeReports, controlStore: string): ClusterHealth {
  if (map === undefined) return unplaced(controlStore === '' ? 'the cluster map is not known yet' : controlStore);
  const configs = map.partitions.filter((p) => p !== undefined);
  if (configs.length < map.settings.partitions) {
    return unplaced(
      `waiting for storage nodes: ${String([...map.members.values()].filter((m) => m.state === 'active').length)} have joined`,
    );
  }
  const partitions = configs.map((config) => partitionHealth(map, config, reports));
  const waiting = partitions.filter((p) => !p.serving).length;
  return {
    placed: true,
    serving: waiting === 0,
    redundant: map.settings.minInSync > 1,
    partitions,
    reason: reasonOf(partitions, waiting),
  };
}

function reasonOf(partitions: readonly PartitionHealth[], waiting: number): string {
  const total = String(partitions.length);
  const lost = partitions.filter((p) => p.lost).length;
  if (lost > 0)
    return `${String(lost)} of ${total} partitions are lost: every disk that held them is gone or was set aside as damaged. They stay unavailable until one is put back ("npx pilvi status" says where disks were set aside)`;
  return waiting === 0 ? '' : `${String(waiting)} of ${total} partitions have no serving primary`;
}

function unplaced(reason: string): ClusterHealth {
  return { placed: false, serving: false, redundant: false, partitions: [], reason };
}

function partitionHealth(map: ClusterMap, config: PartitionConfig, reports: NodeReports): PartitionHealth {
  const report = reports.primaryReport(config.partition, config.primary);
  const serving = reports.serves(config);
  const present = config.inSync.filter((node) => map.members.get(node)?.state !== 'retired');
  const counted = report !== undefined && report.underReplicated >= 0n ? Number(report.underReplicated) : undefined;
  return {
    partition: config.partition,
    serving,
    lost: present.length === 0,
    differs: report?.digestDiffers === true,
    underReplicated: present.length < map.settings.copies,
    objectsUnderReplicated: counted,
  };
}
