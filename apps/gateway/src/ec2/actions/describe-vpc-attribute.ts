import { invalidParameter } from '@pilvi/aws-query';
import type { DescribeVpcAttributeRequest, DescribeVpcAttributeResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { VPC } from '../kinds.ts';
import { notFound } from '../named-resources.ts';

export const describeVpcAttribute = ec2Action<DescribeVpcAttributeRequest, DescribeVpcAttributeResult>({
  name: 'DescribeVpcAttribute',
  takes: ['Attribute', 'VpcId'],
  resources: ({ VpcId = '' }) => [`vpc/${VpcId}`],
  async run({ Attribute = '', VpcId = '' }, { state, signal }) {
    if ((await state.vpcs.get(VpcId, signal)) === undefined) throw notFound([VpcId], VPC);
    switch (Attribute) {
      case 'enableDnsSupport':
        return { VpcId, EnableDnsSupport: { Value: true } };
      case 'enableDnsHostnames':
        return { VpcId, EnableDnsHostnames: { Value: false } };
      case 'enableNetworkAddressUsageMetrics':
        return { VpcId, EnableNetworkAddressUsageMetrics: { Value: false } };
      default:
        throw invalidParameter('attribute', Attribute);
    }
  },
});
