import type { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { securityGroupOf } from '@pilvi/instance-network';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { Supervisor } from '@pilvi/runtime';
import type { InstanceStore } from './instances/instance-store.ts';

export interface GroupKeeper {
  put(group: DesiredSecurityGroup): Promise<void>;
  nameOf(groupId: string): string | undefined;
}

interface Components {
  readonly store: InstanceStore;
  readonly network: Pick<InstanceNetwork, 'putSecurityGroup' | 'removeSecurityGroup'>;
  readonly supervisor: Supervisor;
}

/**
 * Keeps the security groups that this node's instances need: durable before they are applied, so that the next start has them at once. Nobody waits for
 * what is applied: an instance that is told next begins to be made, and runs nothing before its groups are in force.
 */
export function createGroupKeeper({ store, network, supervisor }: Components, known: readonly DesiredSecurityGroup[]): GroupKeeper {
  const revisions = new Map(known.map((group) => [group.groupId, group.revision]));
  const names = new Map(known.map((group) => [group.groupId, group.groupName]));
  return {
    nameOf: (groupId) => names.get(groupId),
    async put(group) {
      if ((revisions.get(group.groupId) ?? -1n) > group.revision) return;
      revisions.set(group.groupId, group.revision);
      if (group.gone) {
        names.delete(group.groupId);
        await network.removeSecurityGroup(group.groupId);
        await store.deleteGroup(group.groupId);
      } else {
        names.set(group.groupId, group.groupName);
        await store.putGroup(group);
        supervisor.run(`security group ${group.groupId}`, () => network.putSecurityGroup(securityGroupOf(group)), { onFailure: 'restart' });
      }
    },
  };
}
