import type { DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { RULE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { shownRule } from '../security-group-rules.ts';

export const describeSecurityGroupRules = ec2Action<DescribeSecurityGroupRulesRequest, DescribeSecurityGroupRulesResult>({
  name: 'DescribeSecurityGroupRules',
  takes: ['SecurityGroupRuleIds', 'Filters', 'MaxResults', 'NextToken'],
  async run({ SecurityGroupRuleIds, Filters, ...page }, { state, principal, region, signal }) {
    const groups = (await state.securityGroups.all(signal)).map((stored) => stored.record);
    const all = groups.flatMap((group) => group.rules.map((rule) => ({ ...rule, groupId: group.groupId })));
    all.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
    const found = applyFilters(
      named(all, SecurityGroupRuleIds, RULE),
      Filters,
      { 'group-id': (rule) => rule.groupId, 'security-group-rule-id': (rule) => rule.ruleId },
      (rule) => rule.tags,
    );
    const { items, NextToken } = pageOf(found, page, RULE.idOf, { of: 'DescribeSecurityGroupRules' });
    const place = { accountId: principal.accountId, region };
    return { SecurityGroupRules: items.map((rule) => shownRule(rule, rule.groupId, place)), NextToken };
  },
});
