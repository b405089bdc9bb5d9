import { invalidParameter } from '@pilvi/aws-query';
import type { DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult } from '@pilvi/aws-query/ec2';
import { INSTANCE_TYPES } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';

/** Every type is offered everywhere; whether there is room is told by RunInstances. */
export const describeInstanceTypeOfferings = ec2Action<DescribeInstanceTypeOfferingsRequest, DescribeInstanceTypeOfferingsResult>({
  name: 'DescribeInstanceTypeOfferings',
  takes: ['LocationType', 'Filters', 'MaxResults', 'NextToken'],
  async run({ LocationType = 'region', Filters, ...page }, call) {
    const locations = await locationsOf(LocationType, call);
    const offerings = [...INSTANCE_TYPES.keys()].flatMap((InstanceType) =>
      locations.map((Location) => ({ InstanceType, LocationType, Location })),
    );
    const found = applyFilters(offerings, Filters, {
      'instance-type': (offering) => offering.InstanceType,
      location: (offering) => offering.Location,
    });
    const keyOf = (offering: (typeof offerings)[number]): string => `${offering.InstanceType} ${offering.Location}`;
    const sorted = found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const { items, NextToken } = pageOf(sorted, page, keyOf, { of: 'DescribeInstanceTypeOfferings' });
    return { InstanceTypeOfferings: items, NextToken };
  },
});

async function locationsOf(type: string, { state, region, signal }: Ec2Call): Promise<string[]> {
  const zones = (await state.zones.all(signal)).map((stored) => stored.record);
  switch (type) {
    case 'region':
      return [region];
    case 'availability-zone':
      return zones.map((zone) => zone.zoneName);
    case 'availability-zone-id':
      return zones.map((zone) => zone.zoneId);
    default:
      throw invalidParameter('locationType', type, 'Expecting region, availability-zone or availability-zone-id.');
  }
}
