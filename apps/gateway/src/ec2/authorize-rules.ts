import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult, IpPermission } from '@pilvi/aws-query/ec2';
import { newId, type RuleRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { findSecurityGroup } from './find-security-group.ts';
import { SECURITY_GROUP } from './kinds.ts';
import { notFound } from './named-resources.ts';
import { type FindGroup, isSameRule, rulesIn, ruleText, shownRule } from './security-group-rules.ts';
import { tagsOnCreate } from './tags.ts';

/** For each direction. */
const MAX_RULES = 60;

/** What a permission may hold. */
export const PERMISSION_FIELDS = [
  'IpProtocol',
  'FromPort',
  'ToPort',
  'IpRanges',
  'Ipv6Ranges',
  'UserIdGroupPairs.GroupId',
  'UserIdGroupPairs.GroupName',
  'UserIdGroupPairs.Description',
  'UserIdGroupPairs.UserId',
  'UserIdGroupPairs.VpcId',
].map((field) => `IpPermissions.${field}`);

/** Adds rules to a group, all or none. Throws InvalidPermission.Duplicate, RulesPerSecurityGroupLimitExceeded and what malformed rules earn. */
export async function authorizeRules(
  call: Ec2Call,
  request: AuthorizeSecurityGroupIngressRequest,
  egress: boolean,
): Promise<AuthorizeSecurityGroupIngressResult> {
  const { state, random, principal, region } = call;
  const permissions = permissionsIn(request);
  const tags = tagsOnCreate(request.TagSpecifications, ['security-group-rule'])['security-group-rule'];
  const find = await groupFinder(call, permissions);
  const added = await state.change(async () => {
    const stored = await findSecurityGroup(call, request);
    const drafts = rulesIn(permissions, find);
    const rules: RuleRecord[] = [...stored.record.rules];
    const fresh: RuleRecord[] = drafts.map((draft) => ({ ...draft, ruleId: newId('sgr', random), egress, tags }));
    for (const rule of fresh) {
      if (rules.some((known) => known.egress === egress && isSameRule(known, rule)))
        throw new QueryError('InvalidPermission.Duplicate', `the specified rule ${ruleText(rule)} already exists`);
      rules.push(rule);
    }
    if (rules.filter((rule) => rule.egress === egress).length > MAX_RULES)
      throw new QueryError('RulesPerSecurityGroupLimitExceeded', `A security group has ${MAX_RULES} rules in each direction at most`);
    return {
      steps: [state.securityGroups.replace(stored, { ...stored.record, rules })],
      result: { groupId: stored.record.groupId, fresh },
    };
  });
  const place = { accountId: principal.accountId, region };
  return { Return: true, SecurityGroupRules: added.fresh.map((rule) => shownRule(rule, added.groupId, place)) };
}

/** The permissions of a request, also in the old form with one permission in its own parameters. */
export function permissionsIn(request: AuthorizeSecurityGroupIngressRequest): readonly IpPermission[] {
  const { IpPermissions = [], IpProtocol, FromPort, ToPort, CidrIp } = request;
  if (IpPermissions.length > 0) return IpPermissions;
  if (IpProtocol === undefined) throw missingParameter('ipPermissions');
  return [{ IpProtocol, FromPort, ToPort, IpRanges: CidrIp === undefined ? [] : [{ CidrIp }] }];
}

/** Looks up every group that the permissions name. Throws InvalidGroup.NotFound when used for one that is not there. */
export async function groupFinder(call: Ec2Call, permissions: readonly IpPermission[]): Promise<FindGroup> {
  const found = new Map<string, string>();
  const pairs = permissions.flatMap((permission) => permission.UserIdGroupPairs ?? []);
  for (const { GroupId, GroupName } of pairs) {
    const { groupId } = (await findSecurityGroup(call, { GroupId, GroupName })).record;
    found.set(GroupId ?? GroupName ?? '', groupId);
  }
  return ({ GroupId, GroupName }) => {
    const id = found.get(GroupId ?? GroupName ?? '');
    if (id === undefined) throw notFound([GroupId ?? GroupName ?? ''], SECURITY_GROUP);
    return id;
  };
}
