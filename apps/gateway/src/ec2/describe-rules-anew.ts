import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { UpdateSecurityGroupRuleDescriptionsIngressRequest } from '@pilvi/aws-query/ec2';
import type { RuleRecord } from '@pilvi/compute-model';
import { groupFinder } from './authorize-rules.ts';
import type { Ec2Call } from './ec2-action.ts';
import { findSecurityGroup } from './find-security-group.ts';
import { RULE } from './kinds.ts';
import { checkIds, notFound } from './named-resources.ts';
import { checked, isSameRule, rulesIn, ruleText } from './security-group-rules.ts';

/** Gives rules new descriptions, all or none; rules are named by id or by what they say. Throws InvalidPermission.NotFound. */
export async function describeRulesAnew(
  call: Ec2Call,
  request: UpdateSecurityGroupRuleDescriptionsIngressRequest,
  egress: boolean,
): Promise<{ readonly Return: boolean }> {
  const { state } = call;
  const { IpPermissions = [], SecurityGroupRuleDescriptions: byId = [] } = request;
  if (IpPermissions.length === 0 && byId.length === 0) throw missingParameter('ipPermissions');
  if (IpPermissions.length > 0 && byId.length > 0)
    throw new QueryError('InvalidParameterCombination', 'Name rules by their IDs or by permissions, and not both');
  checkIds(
    byId.map(({ SecurityGroupRuleId = '' }) => SecurityGroupRuleId),
    RULE,
  );
  const find = await groupFinder(call, IpPermissions);
  await state.change(async () => {
    const stored = await findSecurityGroup(call, request);
    let { rules } = stored.record;
    const own = rules.filter((rule) => rule.egress === egress);
    const describe = (rule: RuleRecord, description: string | undefined): void => {
      rules = rules.map((each) => (each.ruleId === rule.ruleId ? { ...each, description } : each));
    };
    for (const { SecurityGroupRuleId = '', Description } of byId) {
      const rule = own.find(({ ruleId }) => ruleId === SecurityGroupRuleId);
      if (rule === undefined) throw notFound([SecurityGroupRuleId], RULE);
      describe(rule, checked(Description));
    }
    for (const draft of rulesIn(IpPermissions, find)) {
      const rule = own.find((known) => isSameRule(known, draft));
      if (rule === undefined)
        throw new QueryError('InvalidPermission.NotFound', `The specified rule ${ruleText(draft)} does not exist in this security group.`);
      describe(rule, draft.description);
    }
    return { steps: [state.securityGroups.replace(stored, { ...stored.record, rules })], result: undefined };
  });
  return { Return: true };
}
