import { invalidParameter } from '@pilvi/aws-query';
import type { DescribeRegionsRequest, DescribeRegionsResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';

/** A cluster is one region. */
export const describeRegions = ec2Action<DescribeRegionsRequest, DescribeRegionsResult>({
  name: 'DescribeRegions',
  takes: ['RegionNames', 'AllRegions', 'Filters'],
  async run({ RegionNames = [], Filters }, { region }) {
    const unknown = RegionNames.find((name) => name !== region);
    if (unknown !== undefined) throw invalidParameter('region', unknown, 'This region does not exist.');
    const regions = [{ RegionName: region, Endpoint: `ec2.${region}.amazonaws.com`, OptInStatus: 'opt-in-not-required' }];
    return {
      Regions: applyFilters(regions, Filters, {
        'region-name': ({ RegionName }) => RegionName,
        endpoint: ({ Endpoint }) => Endpoint,
        'opt-in-status': ({ OptInStatus }) => OptInStatus,
      }),
    };
  },
});
