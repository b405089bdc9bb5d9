import { QueryError } from '@pilvi/aws-query';
import type { DeleteSecurityGroupRequest, DeleteSecurityGroupResult } from '@pilvi/aws-query/ec2';
import { isGone } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { findSecurityGroup } from '../find-security-group.ts';
import { releaseClaim } from '../state/claims.ts';

export const deleteSecurityGroup = ec2Action<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>({
  name: 'DeleteSecurityGroup',
  takes: ['GroupId', 'GroupName'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  async run(request, call) {
    const { state } = call;
    const GroupId = await state.change(async () => {
      // First, so that an instance which is launched into it meanwhile makes this attempt fail.
      const stored = await findSecurityGroup(call, request);
      const { groupId, groupName, vpcId } = stored.record;
      if (groupName === 'default')
        throw new QueryError('CannotDelete', `the specified group: "${groupId}" name: "default" cannot be deleted by a user`);
      if (await isUsed(call, groupId)) throw new QueryError('DependencyViolation', `resource ${groupId} has a dependent object`);
      const release = await releaseClaim(state, 'group', `${vpcId}/${groupName}`, groupId);
      return { steps: [state.securityGroups.remove(stored), ...release], result: groupId };
    });
    return { Return: true, GroupId };
  },
});

/** An instance is in it, or another group's rule refers to it. */
async function isUsed({ state }: Ec2Call, groupId: string): Promise<boolean> {
  const instances = await state.instances.all();
  if (instances.some(({ record }) => !isGone(record) && record.interfaces.some((each) => each.groupIds.includes(groupId)))) return true;
  const others = (await state.securityGroups.all()).filter(({ record }) => record.groupId !== groupId);
  return others.some(({ record }) => record.rules.some(({ peer }) => peer.kind === 'group' && peer.groupId === groupId));
}
