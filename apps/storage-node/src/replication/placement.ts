import type { ClusterMapSource, PartitionId } from '@pilvi/cluster-map';
import type { Placement } from '@pilvi/object-index';

/** Who should hold the partition's chunks: the replicas of the newest map, with their zones (K1). */
export function placementOf(maps: ClusterMapSource, partition: PartitionId): Placement {
  const map = maps.current();
  const replicas = map?.partitions[partition]?.replicas ?? [];
  return {
    replicas: replicas.map((node) => ({ incarnation: node, zone: map?.members.get(node)?.zone ?? node })),
    minCopies: map?.settings.minInSync ?? 1,
    minZones: map?.settings.minZones ?? 1,
  };
}
