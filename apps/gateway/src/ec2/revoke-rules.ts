import { QueryError } from '@pilvi/aws-query';
import type { RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult } from '@pilvi/aws-query/ec2';
import type { RuleRecord } from '@pilvi/compute-model';
import { groupFinder, permissionsIn } from './authorize-rules.ts';
import type { Ec2Call } from './ec2-action.ts';
import { findSecurityGroup } from './find-security-group.ts';
import { RULE } from './kinds.ts';
import { checkIds, notFound } from './named-resources.ts';
import { isSameRule, rulesIn, ruleText } from './security-group-rules.ts';

/** Removes rules from a group by id or by what they say, all or none. Throws InvalidPermission.NotFound. */
export async function revokeRules(
  call: Ec2Call,
  request: RevokeSecurityGroupIngressRequest,
  egress: boolean,
): Promise<RevokeSecurityGroupIngressResult> {
  const { state } = call;
  const { SecurityGroupRuleIds: ids = [] } = request;
  checkIds(ids, RULE);
  const permissions = ids.length > 0 ? [] : permissionsIn(request);
  const find = await groupFinder(call, permissions);
  const revoked = await state.change(async () => {
    const stored = await findSecurityGroup(call, request);
    const { rules, groupId } = stored.record;
    const own = rules.filter((rule) => rule.egress === egress);
    const byId = ids.map((id) => {
      const rule = own.find(({ ruleId }) => ruleId === id);
      if (rule === undefined) throw notFound([id], RULE);
      return rule;
    });
    const byWord = rulesIn(permissions, find).map((draft) => {
      const rule = own.find((known) => isSameRule(known, draft));
      if (rule === undefined)
        throw new QueryError('InvalidPermission.NotFound', `The specified rule ${ruleText(draft)} does not exist in this security group.`);
      return rule;
    });
    const gone = new Set<RuleRecord>([...byId, ...byWord]);
    const record = { ...stored.record, rules: rules.filter((rule) => !gone.has(rule)) };
    return { steps: [state.securityGroups.replace(stored, record)], result: { groupId, gone } };
  });
  return {
    Return: true,
    RevokedSecurityGroupRules: [...revoked.gone].map((rule) => ({
      SecurityGroupRuleId: rule.ruleId,
      GroupId: revoked.groupId,
      IsEgress: rule.egress,
      IpProtocol: rule.protocol,
      FromPort: rule.fromPort,
      ToPort: rule.toPort,
      CidrIpv4: rule.peer.kind === 'ipv4' ? rule.peer.cidr : undefined,
      CidrIpv6: rule.peer.kind === 'ipv6' ? rule.peer.cidr : undefined,
      ReferencedGroupId: rule.peer.kind === 'group' ? rule.peer.groupId : undefined,
      Description: rule.description,
    })),
  };
}
