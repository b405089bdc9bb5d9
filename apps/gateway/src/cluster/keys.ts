import type { Incarnation, PartitionId } from '@pilvi/cluster-map';

/** Where the cluster's own state lies in the control store. */
export const CLUSTER_PREFIX = '/cluster/';
/** By how much the revisions of the map exceed those of the store (control/control-move.ts). */
export const REVISION_BASE_KEY = '/cluster/revision-base';
export const SETTINGS_KEY = '/cluster/settings';
export const MEMBER_PREFIX = '/cluster/members/';
export const PARTITION_PREFIX = '/cluster/partitions/';

/** What each gateway tells the others (gateway-presence.ts). */
export const GATEWAY_PREFIX = '/gateways/';
/** Who runs the controllers (leadership.ts). */
export const LEADER_KEY = '/leader';

export function memberKey(incarnation: Incarnation): string {
  return MEMBER_PREFIX + incarnation;
}

/** Zero-padded, so that keys sort as the numbers do. */
export function partitionKey(partition: PartitionId): string {
  return PARTITION_PREFIX + String(partition).padStart(5, '0');
}
