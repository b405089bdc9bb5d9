import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { ModifySecurityGroupRulesRequest, SecurityGroupRuleRequest } from '@pilvi/aws-query/ec2';
import type { RuleRecord } from '@pilvi/compute-model';
import { groupFinder } from '../authorize-rules.ts';
import { ec2Action } from '../ec2-action.ts';
import { findSecurityGroup } from '../find-security-group.ts';
import { RULE } from '../kinds.ts';
import { checkIds, notFound } from '../named-resources.ts';
import { checked, isSameRule, rulesIn, ruleText } from '../security-group-rules.ts';

const FIELDS = ['IpProtocol', 'FromPort', 'ToPort', 'CidrIpv4', 'CidrIpv6', 'ReferencedGroupId', 'Description'];

/** Rewrites rules in place: each keeps its id, its direction and its tags. */
export const modifySecurityGroupRules = ec2Action<ModifySecurityGroupRulesRequest, { Return: boolean }>({
  name: 'ModifySecurityGroupRules',
  takes: ['GroupId', 'SecurityGroupRules.SecurityGroupRuleId', ...FIELDS.map((field) => `SecurityGroupRules.SecurityGroupRule.${field}`)],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  async run({ GroupId, SecurityGroupRules: updates = [] }, call) {
    const { state } = call;
    const asked = updates.map(({ SecurityGroupRuleId: ruleId = '', SecurityGroupRule: rule = {} }) => ({
      ruleId,
      rule,
      permission: permissionOf(rule),
    }));
    checkIds(
      asked.map(({ ruleId }) => ruleId),
      RULE,
    );
    const permissions = asked.map(({ permission }) => permission);
    const find = await groupFinder(call, permissions);
    await state.change(async () => {
      const stored = await findSecurityGroup(call, { GroupId });
      let { rules } = stored.record;
      for (const { ruleId, rule, permission } of asked) {
        const known = rules.find((each) => each.ruleId === ruleId);
        if (known === undefined) throw notFound([ruleId], RULE);
        const [draft] = rulesIn([permission], find);
        const next: RuleRecord = { ...known, ...draft!, description: checked(rule.Description) };
        if (rules.some((each) => each !== known && each.egress === next.egress && isSameRule(each, next)))
          throw new QueryError('InvalidPermission.Duplicate', `the specified rule ${ruleText(next)} already exists`);
        rules = rules.map((each) => (each === known ? next : each));
      }
      return { steps: [state.securityGroups.replace(stored, { ...stored.record, rules })], result: undefined };
    });
    return { Return: true };
  },
});

function permissionOf({ IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, ReferencedGroupId }: SecurityGroupRuleRequest) {
  if ([CidrIpv4, CidrIpv6, ReferencedGroupId].filter((peer) => peer !== undefined).length !== 1)
    throw missingParameter('SecurityGroupRule.CidrIpv4, CidrIpv6 or ReferencedGroupId (one of them)');
  return {
    IpProtocol,
    FromPort,
    ToPort,
    IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4 }],
    Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6 }],
    UserIdGroupPairs: ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId }],
  };
}
