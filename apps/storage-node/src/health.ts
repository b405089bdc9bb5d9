import type { ClusterMap, Incarnation } from '@pilvi/cluster-map';

/**
 * Empty when it is ready: a member of the cluster, and in sync for every partition that it should hold. Who restarts the nodes of a cluster one after the other
 * waits for it (L4). Pure.
 */
export function notReadyBecause(map: ClusterMap | undefined, self: Incarnation): string {
  if (map === undefined) return 'waiting for a gateway';
  if (!map.members.has(self)) return 'not yet a member of the cluster';
  if (map.partitions.every((config) => config === undefined)) return 'the cluster waits for its first nodes';
  const behind = map.partitions.filter((config) => config?.replicas.includes(self) === true && !config.inSync.includes(self)).length;
  return behind === 0 ? '' : `catching up with ${String(behind)} partitions`;
}
