import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { CreateSecurityGroupRequest, CreateSecurityGroupResult } from '@pilvi/aws-query/ec2';
import { newId } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { VPC } from '../kinds.ts';
import { notFound } from '../named-resources.ts';
import { claimOwner, nameClaim } from '../state/claims.ts';
import { everything } from '../state/default-network.ts';
import { tagList, tagsOnCreate } from '../tags.ts';

const NAME = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

/** A new group lets nothing in and everything out. */
export const createSecurityGroup = ec2Action<CreateSecurityGroupRequest, CreateSecurityGroupResult>({
  name: 'CreateSecurityGroup',
  takes: ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
  resources: () => ['security-group/*'],
  async run({ GroupName = '', Description = '', VpcId, TagSpecifications }, { state, random, principal, region }) {
    if (GroupName === '') throw missingParameter('GroupName');
    if (!NAME.test(GroupName) || /^sg-/i.test(GroupName))
      throw invalidParameter('groupName', GroupName, 'Character sets beyond ASCII, and sg-, are not supported.');
    if (Description === '') throw missingParameter('GroupDescription');
    if (!NAME.test(Description)) throw invalidParameter('GroupDescription', Description, 'Character sets beyond ASCII are not supported.');
    const tags = tagsOnCreate(TagSpecifications, ['security-group'])['security-group'];
    const vpcs = (await state.vpcs.all()).map((stored) => stored.record);
    const vpc = vpcs.find((record) => (VpcId === undefined ? record.isDefault : record.vpcId === VpcId));
    if (vpc === undefined) throw notFound([VpcId ?? ''], VPC);
    const { vpcId } = vpc;
    const groupId = newId('sg', random);
    const rules = [{ ...everything(random), egress: true, peer: { kind: 'ipv4', cidr: '0.0.0.0/0' } as const }];
    await state.change(async () => {
      if ((await claimOwner(state, 'group', `${vpcId}/${GroupName}`)) !== undefined)
        throw new QueryError('InvalidGroup.Duplicate', `The security group '${GroupName}' already exists for VPC '${vpcId}'`);
      const record = { groupId, groupName: GroupName, description: Description, vpcId, rules, tags };
      return {
        steps: [state.securityGroups.create(groupId, record), nameClaim(state, 'group', `${vpcId}/${GroupName}`, groupId)],
        result: undefined,
      };
    });
    const SecurityGroupArn = `arn:aws:ec2:${region}:${principal.accountId}:security-group/${groupId}`;
    return { GroupId: groupId, SecurityGroupArn, Tags: tagList(tags) };
  },
});
