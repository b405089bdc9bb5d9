import { invalidParameter } from '@pilvi/aws-query';
import type { DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';

/** One for each failure domain of the cluster, two at least. */
export const describeAvailabilityZones = ec2Action<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult>({
  name: 'DescribeAvailabilityZones',
  takes: ['ZoneNames', 'ZoneIds', 'AllAvailabilityZones', 'Filters'],
  async run({ ZoneNames = [], ZoneIds = [], Filters }, { state, region, signal }) {
    const zones = (await state.zones.all(signal)).map(({ record: { zoneName, zoneId } }) => ({
      State: 'available',
      RegionName: region,
      ZoneName: zoneName,
      ZoneId: zoneId,
      GroupName: region,
      NetworkBorderGroup: region,
      ZoneType: 'availability-zone',
      OptInStatus: 'opt-in-not-required',
    }));
    for (const name of ZoneNames) if (!zones.some((zone) => zone.ZoneName === name)) throw invalidParameter('availability zone', name);
    for (const id of ZoneIds) if (!zones.some((zone) => zone.ZoneId === id)) throw invalidParameter('availability zone id', id);
    const wanted = zones.filter(
      (zone) => (ZoneNames.length === 0 || ZoneNames.includes(zone.ZoneName)) && (ZoneIds.length === 0 || ZoneIds.includes(zone.ZoneId)),
    );
    return {
      AvailabilityZones: applyFilters(wanted, Filters, {
        'zone-name': (zone) => zone.ZoneName,
        'zone-id': (zone) => zone.ZoneId,
        'zone-type': (zone) => zone.ZoneType,
        'region-name': (zone) => zone.RegionName,
        'group-name': (zone) => zone.GroupName,
        'network-border-group': (zone) => zone.NetworkBorderGroup,
        'opt-in-status': (zone) => zone.OptInStatus,
        state: (zone) => zone.State,
      }),
    };
  },
});
