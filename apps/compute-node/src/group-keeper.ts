import type { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { securityGroupOf } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { InstanceStore } from './instances/instance-store.ts';

/** Keeps the security groups that this node's instances need: durable before they are applied, so that the next start has them at once. */
export function createGroupKeeper(
  store: InstanceStore,
  network: Pick<InstanceNetwork, 'putSecurityGroup' | 'removeSecurityGroup'>,
  known: readonly DesiredSecurityGroup[],
): { put(group: DesiredSecurityGroup): Promise<void> } {
  const revisions = new Map(known.map((group) => [group.groupId, group.revision]));
  return {
    async put(group) {
      if ((revisions.get(group.groupId) ?? -1n) > group.revision) return;
      revisions.set(group.groupId, group.revision);
      if (group.gone) {
        await network.removeSecurityGroup(group.groupId);
        await store.deleteGroup(group.groupId);
      } else {
        await store.putGroup(group);
        await network.putSecurityGroup(securityGroupOf(group));
      }
    },
  };
}
