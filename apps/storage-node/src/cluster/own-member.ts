import type { Incarnation, Member } from '@pilvi/cluster-map';
import type { StorageNodeConfig } from '../config.ts';

/** What a node says of itself when it joins. */
export function ownMember({ name, zone, weight, advertise }: StorageNodeConfig, incarnation: Incarnation): Member {
  return { incarnation, name, zone, weight, address: advertise, state: 'active', joinedMs: 0, lastSeenMs: 0 };
}
