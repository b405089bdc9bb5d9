import type { DescribeSubnetsRequest, DescribeSubnetsResult, Subnet } from '@pilvi/aws-query/ec2';
import { guestAddresses, isGone, parseNetwork, type SubnetRecord } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { SUBNET } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { tagList } from '../tags.ts';

export const describeSubnets = ec2Action<DescribeSubnetsRequest, DescribeSubnetsResult>({
  name: 'DescribeSubnets',
  takes: ['SubnetIds', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ SubnetIds = [] }) => (SubnetIds.length === 0 ? ['*'] : SubnetIds.map((id) => `subnet/${id}`)),
  async run({ SubnetIds, Filters, ...page }, call) {
    const all = (await call.state.subnets.all(call.signal)).map((stored) => stored.record);
    const show = await shower(call);
    const shown = named(all, SubnetIds, SUBNET).map((subnet) => ({ record: subnet, ...show(subnet) }));
    const found = applyFilters(
      shown,
      Filters,
      {
        'subnet-id': (subnet) => subnet.SubnetId,
        'subnet-arn': (subnet) => subnet.SubnetArn,
        'vpc-id': (subnet) => subnet.VpcId,
        'availability-zone': (subnet) => subnet.AvailabilityZone,
        availabilityZone: (subnet) => subnet.AvailabilityZone,
        'availability-zone-id': (subnet) => subnet.AvailabilityZoneId,
        'available-ip-address-count': (subnet) => subnet.AvailableIpAddressCount,
        cidr: (subnet) => subnet.CidrBlock,
        cidrBlock: (subnet) => subnet.CidrBlock,
        'cidr-block': (subnet) => subnet.CidrBlock,
        'default-for-az': (subnet) => subnet.DefaultForAz,
        defaultForAz: (subnet) => subnet.DefaultForAz,
        'map-public-ip-on-launch': (subnet) => subnet.MapPublicIpOnLaunch,
        'owner-id': (subnet) => subnet.OwnerId,
        state: (subnet) => subnet.State,
      },
      (subnet) => subnet.record.tags,
    );
    const { items, NextToken } = pageOf(found, page, (subnet) => subnet.record.subnetId, { of: 'DescribeSubnets' });
    return { Subnets: items.map(({ record: _record, ...subnet }) => subnet), NextToken };
  },
});

async function shower({ state, region, principal, signal }: Ec2Call): Promise<(subnet: SubnetRecord) => Subnet> {
  const zoneIds = new Map((await state.zones.all(signal)).map(({ record }) => [record.zoneName, record.zoneId]));
  const taken = new Map<string, number>();
  for (const { record } of await state.instances.all(signal)) {
    if (isGone(record)) continue;
    for (const { subnetId } of record.interfaces) taken.set(subnetId, (taken.get(subnetId) ?? 0) + 1);
  }
  return (subnet) => {
    const network = parseNetwork(subnet.cidr);
    return {
      SubnetId: subnet.subnetId,
      SubnetArn: `arn:aws:ec2:${region}:${principal.accountId}:subnet/${subnet.subnetId}`,
      VpcId: subnet.vpcId,
      State: 'available',
      AvailabilityZone: subnet.zoneName,
      AvailabilityZoneId: zoneIds.get(subnet.zoneName),
      AvailableIpAddressCount: (network === undefined ? 0 : guestAddresses(network)) - (taken.get(subnet.subnetId) ?? 0),
      CidrBlock: subnet.cidr,
      DefaultForAz: true,
      MapPublicIpOnLaunch: true,
      AssignIpv6AddressOnCreation: false,
      MapCustomerOwnedIpOnLaunch: false,
      EnableDns64: false,
      Ipv6Native: false,
      Ipv6CidrBlockAssociationSet: [],
      OwnerId: principal.accountId,
      PrivateDnsNameOptionsOnLaunch: {
        HostnameType: 'ip-name',
        EnableResourceNameDnsARecord: false,
        EnableResourceNameDnsAAAARecord: false,
      },
      Tags: tagList(subnet.tags),
    };
  };
}
