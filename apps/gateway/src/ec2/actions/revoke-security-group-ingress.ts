import type { RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult } from '@pilvi/aws-query/ec2';
import { PERMISSION_FIELDS } from '../authorize-rules.ts';
import { ec2Action } from '../ec2-action.ts';
import { revokeRules } from '../revoke-rules.ts';

export const revokeSecurityGroupIngress = ec2Action<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult>({
  name: 'RevokeSecurityGroupIngress',
  takes: ['GroupId', 'GroupName', 'CidrIp', 'IpProtocol', 'FromPort', 'ToPort', ...PERMISSION_FIELDS, 'SecurityGroupRuleIds'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  run: (request, call) => revokeRules(call, request, false),
});
