import type {
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult,
} from '@pilvi/aws-query/ec2';
import { PERMISSION_FIELDS } from '../authorize-rules.ts';
import { describeRulesAnew } from '../describe-rules-anew.ts';
import { ec2Action } from '../ec2-action.ts';

export const updateSecurityGroupRuleDescriptionsIngress = ec2Action<
  UpdateSecurityGroupRuleDescriptionsIngressRequest,
  UpdateSecurityGroupRuleDescriptionsIngressResult
>({
  name: 'UpdateSecurityGroupRuleDescriptionsIngress',
  takes: ['GroupId', 'GroupName', ...PERMISSION_FIELDS, 'SecurityGroupRuleDescriptions'],
  resources: ({ GroupId = '*' }) => [`security-group/${GroupId}`],
  run: (request, call) => describeRulesAnew(call, request, false),
});
