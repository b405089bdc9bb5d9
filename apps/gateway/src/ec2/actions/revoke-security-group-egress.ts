import type { RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResult } from '@pilvi/aws-query/ec2';
import { PERMISSION_FIELDS } from '../authorize-rules.ts';
import { ec2Action } from '../ec2-action.ts';
import { revokeRules } from '../revoke-rules.ts';

export const revokeSecurityGroupEgress = ec2Action<RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResult>({
  name: 'RevokeSecurityGroupEgress',
  takes: ['GroupId', 'CidrIp', 'IpProtocol', 'FromPort', 'ToPort', ...PERMISSION_FIELDS, 'SecurityGroupRuleIds'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  run: (request, call) => revokeRules(call, request, true),
});
