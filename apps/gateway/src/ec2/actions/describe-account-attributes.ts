import { invalidParameter } from '@pilvi/aws-query';
import type { DescribeAccountAttributesRequest, DescribeAccountAttributesResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';

export const describeAccountAttributes = ec2Action<DescribeAccountAttributesRequest, DescribeAccountAttributesResult>({
  name: 'DescribeAccountAttributes',
  takes: ['AttributeNames'],
  async run({ AttributeNames = [] }, { state, signal }) {
    const vpc = (await state.vpcs.all(signal)).find(({ record }) => record.isDefault)?.record.vpcId ?? 'none';
    const attributes = new Map([
      ['supported-platforms', 'VPC'],
      ['default-vpc', vpc],
    ]);
    for (const name of AttributeNames) if (!attributes.has(name)) throw invalidParameter('attribute-name', name);
    const names = AttributeNames.length === 0 ? [...attributes.keys()] : [...new Set(AttributeNames)];
    return {
      AccountAttributes: names.map((AttributeName) => ({
        AttributeName,
        AttributeValues: [{ AttributeValue: attributes.get(AttributeName) ?? '' }],
      })),
    };
  },
});
