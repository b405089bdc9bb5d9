import { QueryError } from '@pilvi/aws-query';
import type { DescribeRouteTablesRequest, DescribeRouteTablesResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';

/** Each VPC has its main table: within the VPC directly, to everywhere else through its gateway. Others cannot be made. */
export const describeRouteTables = ec2Action<DescribeRouteTablesRequest, DescribeRouteTablesResult>({
  name: 'DescribeRouteTables',
  takes: ['RouteTableIds', 'Filters', 'MaxResults', 'NextToken'],
  async run({ RouteTableIds = [], Filters, ...page }, { state, principal, signal }) {
    const tables = (await state.vpcs.all(signal)).map(({ record: vpc }) => ({
      RouteTableId: vpc.mainRouteTableId,
      VpcId: vpc.vpcId,
      OwnerId: principal.accountId,
      Associations: [
        {
          Main: true,
          RouteTableAssociationId: vpc.mainRouteAssociationId,
          RouteTableId: vpc.mainRouteTableId,
          AssociationState: { State: 'associated' },
        },
      ],
      Routes: [
        { DestinationCidrBlock: vpc.cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
        { DestinationCidrBlock: '0.0.0.0/0', GatewayId: vpc.internetGatewayId, Origin: 'CreateRoute', State: 'active' },
      ],
    }));
    const missing = RouteTableIds.find((id) => !tables.some((table) => table.RouteTableId === id));
    if (missing !== undefined) throw new QueryError('InvalidRouteTableID.NotFound', `The routeTable ID '${missing}' does not exist`);
    const wanted = RouteTableIds.length === 0 ? tables : tables.filter((table) => RouteTableIds.includes(table.RouteTableId));
    const found = applyFilters(
      wanted,
      Filters,
      {
        'route-table-id': (table) => table.RouteTableId,
        'vpc-id': (table) => table.VpcId,
        'owner-id': (table) => table.OwnerId,
        'association.main': () => true,
        'association.route-table-id': (table) => table.RouteTableId,
        'association.route-table-association-id': (table) => table.Associations[0]?.RouteTableAssociationId,
        'association.subnet-id': () => undefined,
        'route.destination-cidr-block': (table) => table.Routes.map((route) => route.DestinationCidrBlock),
        'route.gateway-id': (table) => table.Routes.map((route) => route.GatewayId),
      },
      () => ({}),
    );
    const { items, NextToken } = pageOf(found, page, (table) => table.RouteTableId, { of: 'DescribeRouteTables' });
    return { RouteTables: items, NextToken };
  },
});
