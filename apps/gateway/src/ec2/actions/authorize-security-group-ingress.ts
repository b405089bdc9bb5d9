import type { AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult } from '@pilvi/aws-query/ec2';
import { authorizeRules, PERMISSION_FIELDS } from '../authorize-rules.ts';
import { ec2Action } from '../ec2-action.ts';

export const authorizeSecurityGroupIngress = ec2Action<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>({
  name: 'AuthorizeSecurityGroupIngress',
  takes: ['GroupId', 'GroupName', 'CidrIp', 'IpProtocol', 'FromPort', 'ToPort', ...PERMISSION_FIELDS, 'TagSpecifications'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  run: (request, call) => authorizeRules(call, request, false),
});
