import {
  newId,
  parseNetwork,
  type SecurityGroupRecord,
  subnetAt,
  type SubnetRecord,
  type VpcRecord,
  type ZoneRecord,
} from '@pilvi/compute-model';
import type { Random } from '@pilvi/runtime';
import { nameClaim } from './claims.ts';
import type { Step } from './collection.ts';
import type { Ec2State } from './ec2-state.ts';

/** Away from the ranges that Docker and home routers take. */
export const DEFAULT_VPC_CIDR = '10.201.0.0/16';
const SUBNET_PREFIX_LENGTH = 20;
/** Clients expect two zones at least; one that has no node has no capacity. */
const LEAST_ZONES = 2;
/** The failure domain of a zone that none has yet; the next one that appears takes it. */
const NO_NODES = '';
const LETTERS = 'abcdefghijklmnop';

interface Settings {
  readonly region: string;
  readonly vpcCidr: string;
}

/**
 * Makes the default VPC and its default security group if there are none, and a zone with a subnet for every failure domain that has none yet.
 * Safe to call from any gateway at any time: what another made meanwhile is found.
 */
export async function ensureDefaultNetwork(
  state: Ec2State,
  random: Pick<Random, 'hex'>,
  { region, vpcCidr }: Settings,
  failureDomains: readonly string[],
): Promise<void> {
  await state.change(async () => {
    const zones = await state.zones.all();
    const known = (await state.vpcs.all()).find((stored) => stored.record.isDefault)?.record;
    const vpc = known ?? newVpc(random, vpcCidr);
    const steps: Step[] = known === undefined ? newNetwork(state, random, vpc) : [];
    const missing = [...new Set(failureDomains)].sort().filter((domain) => !zones.some(({ record }) => record.failureDomain === domain));
    for (const zone of zones.filter(({ record }) => record.failureDomain === NO_NODES)) {
      const failureDomain = missing.shift();
      if (failureDomain !== undefined) steps.push(state.zones.replace(zone, { ...zone.record, failureDomain }));
    }
    while (zones.length + missing.length < LEAST_ZONES) missing.push(NO_NODES);
    missing.forEach((failureDomain, i) => {
      steps.push(...newZone(state, random, { region, vpc, failureDomain, index: zones.length + i }));
    });
    return { steps, result: undefined };
  });
}

function newVpc(random: Pick<Random, 'hex'>, cidr: string): VpcRecord {
  return {
    vpcId: newId('vpc', random),
    cidr,
    isDefault: true,
    mainRouteTableId: newId('rtb', random),
    mainRouteAssociationId: newId('rtbassoc', random),
    dhcpOptionsId: newId('dopt', random),
    internetGatewayId: newId('igw', random),
    tags: {},
  };
}

function newNetwork(state: Ec2State, random: Pick<Random, 'hex'>, vpc: VpcRecord): Step[] {
  const groupId = newId('sg', random);
  const group: SecurityGroupRecord = {
    groupId,
    groupName: 'default',
    description: 'default VPC security group',
    vpcId: vpc.vpcId,
    rules: [
      { ...everything(random), egress: false, peer: { kind: 'group', groupId } },
      { ...everything(random), egress: true, peer: { kind: 'ipv4', cidr: '0.0.0.0/0' } },
    ],
    tags: {},
  };
  return [
    state.vpcs.create(vpc.vpcId, vpc),
    // Of two gateways that begin at the same time one makes it.
    state.claims.create('default-vpc', { ownerId: vpc.vpcId }),
    state.securityGroups.create(groupId, group),
    nameClaim(state, 'group', `${vpc.vpcId}/default`, groupId),
  ];
}

/** A rule for all protocols and ports. */
export function everything(
  random: Pick<Random, 'hex'>,
): Pick<SecurityGroupRecord['rules'][number], 'ruleId' | 'protocol' | 'fromPort' | 'toPort' | 'description' | 'tags'> {
  return { ruleId: newId('sgr', random), protocol: '-1', fromPort: -1, toPort: -1, description: undefined, tags: {} };
}

function newZone(
  state: Ec2State,
  random: Pick<Random, 'hex'>,
  { region, vpc, failureDomain, index }: { region: string; vpc: VpcRecord; failureDomain: string; index: number },
): Step[] {
  const network = parseNetwork(vpc.cidr);
  const cidr = network === undefined ? undefined : subnetAt(network, SUBNET_PREFIX_LENGTH, index);
  const letter = LETTERS[index];
  if (cidr === undefined || letter === undefined) throw new Error(`there is no room in ${vpc.cidr} for zone ${index + 1}`);
  const zone: ZoneRecord = { zoneName: `${region}${letter}`, zoneId: `${shortRegion(region)}-az${index + 1}`, failureDomain };
  const subnet: SubnetRecord = { subnetId: newId('subnet', random), vpcId: vpc.vpcId, zoneName: zone.zoneName, cidr, tags: {} };
  return [state.zones.create(zone.zoneName, zone), state.subnets.create(subnet.subnetId, subnet)];
}

/** `us-east-1` is `use1` in zone ids. */
function shortRegion(region: string): string {
  const [area = '', ...rest] = region.split('-');
  return area + rest.map((part) => (/^\d/.test(part) ? part : part.charAt(0))).join('');
}
