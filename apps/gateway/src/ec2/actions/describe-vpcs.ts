import type { DescribeVpcsRequest, DescribeVpcsResult, Vpc } from '@pilvi/aws-query/ec2';
import type { VpcRecord } from '@pilvi/compute-model';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters, type FilterTable } from '../filters.ts';
import { VPC } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { tagList } from '../tags.ts';

export const describeVpcs = ec2Action<DescribeVpcsRequest, DescribeVpcsResult>({
  name: 'DescribeVpcs',
  takes: ['VpcIds', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ VpcIds = [] }) => (VpcIds.length === 0 ? ['*'] : VpcIds.map((id) => `vpc/${id}`)),
  async run({ VpcIds, Filters, ...page }, { state, principal, signal }) {
    const all = (await state.vpcs.all(signal)).map((stored) => stored.record);
    const found = applyFilters(named(all, VpcIds, VPC), Filters, FILTERS, (vpc) => vpc.tags);
    const { items, NextToken } = pageOf(found, page, VPC.idOf, { of: 'DescribeVpcs' });
    return { Vpcs: items.map((vpc) => shown(vpc, principal.accountId)), NextToken };
  },
});

const FILTERS: FilterTable<VpcRecord> = {
  'vpc-id': (vpc) => vpc.vpcId,
  cidr: (vpc) => vpc.cidr,
  cidrBlock: (vpc) => vpc.cidr,
  'cidr-block': (vpc) => vpc.cidr,
  'cidr-block-association.cidr-block': (vpc) => vpc.cidr,
  'dhcp-options-id': (vpc) => vpc.dhcpOptionsId,
  isDefault: (vpc) => vpc.isDefault,
  'is-default': (vpc) => vpc.isDefault,
  state: () => 'available',
};

function shown(vpc: VpcRecord, ownerId: string): Vpc {
  return {
    VpcId: vpc.vpcId,
    State: 'available',
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [
      { AssociationId: vpc.vpcId.replace('vpc-', 'vpc-cidr-assoc-'), CidrBlock: vpc.cidr, CidrBlockState: { State: 'associated' } },
    ],
    DhcpOptionsId: vpc.dhcpOptionsId,
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    OwnerId: ownerId,
    Tags: tagList(vpc.tags),
  };
}
