import type { DescribeInstanceCreditSpecificationsRequest, DescribeInstanceCreditSpecificationsResult } from '@pilvi/aws-query/ec2';
import { INSTANCE_TYPES, isGone } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { INSTANCE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';

/** Nobody counts credits here: a burstable instance bursts while its node is not busy, for as long as it wants. */
export const describeInstanceCreditSpecifications = ec2Action<
  DescribeInstanceCreditSpecificationsRequest,
  DescribeInstanceCreditSpecificationsResult
>({
  name: 'DescribeInstanceCreditSpecifications',
  takes: ['InstanceIds', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ InstanceIds = [] }) => (InstanceIds.length === 0 ? ['*'] : InstanceIds.map((id) => `instance/${id}`)),
  async run({ InstanceIds, Filters, ...page }, { state, signal }) {
    const all = (await state.instances.all(signal)).map((stored) => stored.record);
    const burstable = named(all, InstanceIds, INSTANCE).filter(
      (record) => !isGone(record) && INSTANCE_TYPES.get(record.instanceType)?.burstable === true,
    );
    const found = applyFilters(burstable, Filters, { 'instance-id': (record) => record.instanceId });
    const { items, NextToken } = pageOf(found, page, INSTANCE.idOf, { of: 'DescribeInstanceCreditSpecifications' });
    return {
      InstanceCreditSpecifications: items.map(({ instanceId: InstanceId }) => ({ InstanceId, CpuCredits: 'unlimited' })),
      NextToken,
    };
  },
});
