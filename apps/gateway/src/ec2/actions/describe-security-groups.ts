import type { DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult, SecurityGroup } from '@pilvi/aws-query/ec2';
import type { RulePeer, RuleRecord, SecurityGroupRecord } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters, type FilterTable } from '../filters.ts';
import { findSecurityGroup } from '../find-security-group.ts';
import { SECURITY_GROUP } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { permissionsOf } from '../security-group-rules.ts';
import { tagList } from '../tags.ts';

export const describeSecurityGroups = ec2Action<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>({
  name: 'DescribeSecurityGroups',
  takes: ['GroupIds', 'GroupNames', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ GroupIds = [] }) => (GroupIds.length === 0 ? ['*'] : GroupIds.map((id) => `security-group/${id}`)),
  async run({ GroupIds = [], GroupNames = [], Filters, ...page }, call) {
    const byName = await Promise.all(GroupNames.map(async (GroupName) => (await findSecurityGroup(call, { GroupName })).record.groupId));
    const all = (await call.state.securityGroups.all(call.signal)).map((stored) => stored.record);
    const found = applyFilters(named(all, [...GroupIds, ...byName], SECURITY_GROUP), Filters, FILTERS, (group) => group.tags);
    const { items, NextToken } = pageOf(found, page, SECURITY_GROUP.idOf, { of: 'DescribeSecurityGroups' });
    return { SecurityGroups: items.map((group) => shown(group, call)), NextToken };
  },
});

function shown(group: SecurityGroupRecord, { principal: { accountId }, region }: Ec2Call): SecurityGroup {
  return {
    GroupId: group.groupId,
    GroupName: group.groupName,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: accountId,
    SecurityGroupArn: `arn:aws:ec2:${region}:${accountId}:security-group/${group.groupId}`,
    IpPermissions: permissionsOf(
      group.rules.filter((rule) => !rule.egress),
      accountId,
    ),
    IpPermissionsEgress: permissionsOf(
      group.rules.filter((rule) => rule.egress),
      accountId,
    ),
    Tags: tagList(group.tags),
  };
}

const FILTERS: FilterTable<SecurityGroupRecord> = {
  'group-id': (group) => group.groupId,
  'group-name': (group) => group.groupName,
  description: (group) => group.description,
  'vpc-id': (group) => group.vpcId,
  ...ruleFilters('ip-permission', false),
  ...ruleFilters('egress.ip-permission', true),
};

function ruleFilters(name: string, egress: boolean): FilterTable<SecurityGroupRecord> {
  const look = (of: (rule: RuleRecord) => string | number | undefined) => (group: SecurityGroupRecord) =>
    group.rules.filter((rule) => rule.egress === egress).map(of);
  const peer = (kind: RulePeer['kind']) =>
    look(({ peer }) => (peer.kind !== kind ? undefined : peer.kind === 'group' ? peer.groupId : peer.cidr));
  return {
    [`${name}.protocol`]: look((rule) => rule.protocol),
    [`${name}.from-port`]: look((rule) => rule.fromPort),
    [`${name}.to-port`]: look((rule) => rule.toPort),
    [`${name}.cidr`]: peer('ipv4'),
    [`${name}.ipv6-cidr`]: peer('ipv6'),
    [`${name}.group-id`]: peer('group'),
  };
}
