import type { AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResult } from '@pilvi/aws-query/ec2';
import { authorizeRules, PERMISSION_FIELDS } from '../authorize-rules.ts';
import { ec2Action } from '../ec2-action.ts';

export const authorizeSecurityGroupEgress = ec2Action<AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResult>({
  name: 'AuthorizeSecurityGroupEgress',
  takes: ['GroupId', 'CidrIp', 'IpProtocol', 'FromPort', 'ToPort', ...PERMISSION_FIELDS, 'TagSpecifications'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  run: (request, call) => authorizeRules(call, request, true),
});
