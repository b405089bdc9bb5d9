import { describeAccountAttributes } from './actions/describe-account-attributes.ts';
import { describeAvailabilityZones } from './actions/describe-availability-zones.ts';
import { describeInstanceTypeOfferings } from './actions/describe-instance-type-offerings.ts';
import { describeInstanceTypes } from './actions/describe-instance-types.ts';
import { describeRegions } from './actions/describe-regions.ts';
import { describeRouteTables } from './actions/describe-route-tables.ts';
import { describeSubnets } from './actions/describe-subnets.ts';
import { describeVpcAttribute } from './actions/describe-vpc-attribute.ts';
import { describeVpcs } from './actions/describe-vpcs.ts';
import type { Ec2Action } from './ec2-action.ts';

/** Every action that is built, by name. */
export const EC2_ACTIONS: readonly Ec2Action[] = [
  describeAccountAttributes,
  describeAvailabilityZones,
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeRegions,
  describeRouteTables,
  describeSubnets,
  describeVpcAttribute,
  describeVpcs,
];
