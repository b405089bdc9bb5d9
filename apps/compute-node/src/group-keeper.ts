import type { DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import type { InstanceNetwork } from '@pilvi/instance-network';
import type { Logger, Supervisor } from '@pilvi/runtime';
import { appliableGroup } from './appliable-group.ts';
import type { InstanceStore } from './instances/instance-store.ts';

export interface GroupKeeper {
  put(group: DesiredSecurityGroup): Promise<void>;
  nameOf(groupId: string): string | undefined;
}

interface Components {
  readonly store: Pick<InstanceStore, 'putGroup' | 'deleteGroup'>;
  readonly network: Pick<InstanceNetwork, 'putSecurityGroup' | 'removeSecurityGroup'>;
  readonly supervisor: Supervisor;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Keeps the security groups that this node's instances need: durable before they are applied, so that the next start has them at once. Nobody waits for
 * what is applied: an instance that is told next begins to be made, and runs nothing before its groups are in force.
 */
export function createGroupKeeper({ store, network, supervisor, log }: Components, known: readonly DesiredSecurityGroup[]): GroupKeeper {
  const revisions = new Map(known.map((group) => [group.groupId, group.revision]));
  const names = new Map(known.map((group) => [group.groupId, group.groupName]));
  return {
    nameOf: (groupId) => names.get(groupId),
    async put(group) {
      if ((revisions.get(group.groupId) ?? -1n) > group.revision) return;
      const isNewest = (): boolean => revisions.get(group.groupId) === group.revision;
      if (group.gone) {
        revisions.set(group.groupId, group.revision);
        names.delete(group.groupId);
        await network.removeSecurityGroup(group.groupId);
        if (isNewest()) await store.deleteGroup(group.groupId);
      } else {
        const wanted = appliableGroup(group, log);
        if (wanted === undefined) return;
        revisions.set(group.groupId, group.revision);
        names.set(group.groupId, group.groupName);
        await store.putGroup(group);
        // Another try comes later, and may find that the group has changed meanwhile, or is gone.
        const apply = async (): Promise<void> => {
          if (isNewest()) await network.putSecurityGroup(wanted);
        };
        supervisor.run(`security group ${group.groupId}`, apply, { onFailure: 'restart' });
      }
    },
  };
}
