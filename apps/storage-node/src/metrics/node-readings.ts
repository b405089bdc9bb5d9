import type { ChunkStore } from '@pilvi/chunk-store';
import type { ClusterMapSource, Incarnation, PartitionId } from '@pilvi/cluster-map';
import { addReadings, wallSeconds } from '@pilvi/metrics';
import type { LabelledValue, ProcessMetrics, Reading } from '@pilvi/metrics';
import { followerLags, isMuted } from '@pilvi/replication';
import type { FollowerLag } from '@pilvi/replication';
import type { ReplicationLog } from '@pilvi/replication-log';
import type { Housekeeping } from '../housekeeping/housekeeping.ts';
import type { ReplicationHost } from '../replication/replication-host.ts';
import type { SpaceGuard } from '../space-guard.ts';

/** Where a storage node keeps what its metrics tell. */
export interface NodeSources {
  readonly host: ReplicationHost;
  readonly maps: ClusterMapSource;
  readonly log: ReplicationLog;
  readonly chunks: ChunkStore;
  readonly space: SpaceGuard;
  readonly indexBytes: () => number;
  readonly housekeeping: Housekeeping;
  readonly digestDiffers: (partition: PartitionId) => boolean;
  readonly gatewaysReached: () => boolean;
}

const ROLES = ['primary', 'secondary', 'learner'] as const;

export function addNodeReadings(metrics: ProcessMetrics, sources: NodeSources): void {
  addReadings(metrics, [...partitionReadings(sources), ...lagReadings(sources), ...choreReadings(sources), ...diskReadings(sources)]);
}

function partitionReadings(sources: NodeSources): Reading[] {
  const statuses = () => {
    const { host } = sources;
    return host.partitions().flatMap((partition) => host.status(partition) ?? []);
  };
  return [
    {
      kind: 'gauge',
      name: 'pilvi_node_partitions',
      help: 'Partitions that this node holds, by its role in them.',
      label: 'role',
      read: () => {
        const held = statuses();
        return ROLES.map((role) => [role, held.filter((status) => status.role === role).length]);
      },
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_partitions_serving',
      help: 'Partitions that this node serves as their primary.',
      read: () => statuses().filter((status) => status.serving).length,
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_partitions_leased',
      help: 'Partitions for which this node holds a valid lease from every in-sync replica, and may answer reads (I4).',
      read: () => {
        const { host } = sources;
        return host.partitions().filter((partition) => host.leaseValid(partition)).length;
      },
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_partitions_differing',
      help: 'Partitions led here of which a replica had another digest when they were last compared (D4).',
      read: () => {
        const { host, digestDiffers } = sources;
        return host.partitions().filter((partition) => digestDiffers(partition)).length;
      },
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_gateway_reached',
      help: '1 when a gateway is connected; without one there is no failover and no change of replicas.',
      read: () => Number(sources.gatewaysReached()),
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_beacons_silenced',
      help: '1 when this node gives its partitions to others, because it reaches no gateway and a peer does (C5).',
      read: () => Number(isMuted(sources.host.core)),
    },
  ];
}

function lagReadings(sources: NodeSources): Reading[] {
  const byPeer = (value: (lag: FollowerLag) => number): LabelledValue[] => {
    const { host, maps } = sources;
    const nameOf = (node: Incarnation): string => maps.current()?.members.get(node)?.name ?? node;
    return followerLags(host.core).map((lag) => [nameOf(lag.node), value(lag)]);
  };
  return [
    {
      kind: 'gauge',
      name: 'pilvi_replication_lag_entries',
      help: 'Entries that a replica or learner has not acknowledged to this primary yet, over all partitions led here.',
      label: 'replica',
      read: () => byPeer((lag) => lag.entries),
    },
    {
      kind: 'gauge',
      name: 'pilvi_replication_in_flight_bytes',
      help: 'Bytes of entries sent to a replica or learner and not acknowledged yet.',
      label: 'replica',
      read: () => byPeer((lag) => lag.inFlightBytes),
    },
  ];
}

function choreReadings(sources: NodeSources): Reading[] {
  const scrub = () => sources.housekeeping.scrub.status;
  const counts = () => {
    const { host, housekeeping } = sources;
    return host.servedPartitions().map((partition) => housekeeping.underReplicated(partition));
  };
  return [
    {
      kind: 'gauge',
      name: 'pilvi_under_replicated_objects',
      help: 'Objects and parts, of the partitions led here, with fewer copies of their chunks than wanted, as far as counted.',
      read: () => counts().reduce((sum: number, count) => sum + (count ?? 0), 0),
    },
    {
      kind: 'gauge',
      name: 'pilvi_uncounted_partitions',
      help: 'Partitions led here whose under-replicated objects are not counted yet, since the replicas changed.',
      read: () => counts().filter((count) => count === undefined).length,
    },
    {
      kind: 'gauge',
      name: 'pilvi_scrub_running',
      help: '1 while a scrub reads everything again (P3).',
      read: () => Number(scrub().running),
    },
    {
      kind: 'gauge',
      name: 'pilvi_scrub_finished_timestamp_seconds',
      help: 'When the last scrub ended; 0 when there was none since the start.',
      read: () => wallSeconds(scrub().finishedMs),
    },
    {
      kind: 'gauge',
      name: 'pilvi_scrub_healed_pieces',
      help: 'Pieces that the last scrub found damaged or missing, and mended.',
      read: () => scrub().healed,
    },
    {
      kind: 'gauge',
      name: 'pilvi_node_doubtful',
      help: '1 when chunks are missing here, or may be, and are not mended yet.',
      read: () => Number(scrub().doubtful),
    },
  ];
}

function diskReadings(sources: NodeSources): Reading[] {
  return [
    { kind: 'gauge', name: 'pilvi_disk_free_bytes', help: 'Free space of the disk.', read: () => sources.space.freeBytes },
    { kind: 'gauge', name: 'pilvi_disk_size_bytes', help: 'Size of the disk.', read: () => sources.space.totalBytes },
    {
      kind: 'gauge',
      name: 'pilvi_disk_reserve_bytes',
      help: 'With less free space than this, writes are turned away (W4).',
      read: () => sources.space.reserveBytes,
    },
    {
      kind: 'gauge',
      name: 'pilvi_stored_bytes',
      help: 'Bytes stored on the disk, by what they are; the index is estimated.',
      label: 'kind',
      read: () => [
        ['chunks', sources.chunks.liveBytes],
        ['index', sources.indexBytes()],
        ['log', sources.log.sizeBytes],
      ],
    },
  ];
}
