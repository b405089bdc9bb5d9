import { Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';
import type { DesiredInstance, DesiredSecurityGroup, SecurityGroupRule } from '@pilvi/contracts/compute/v1/instance';
import { formatAddress, parseNetwork } from './addresses.ts';
import type { InstanceType } from './instance-types.ts';
import type { ImageSource, InstanceRecord, PowerState, RuleRecord, SecurityGroupRecord, SubnetRecord, VpcRecord } from './records.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const MILLIS = 1_000;
const MBIT = 1_000_000;
const STOP_GRACE_MS = 10_000;

const POWERS: Readonly<Record<PowerState, Power>> = { running: Power.RUNNING, stopped: Power.STOPPED, terminated: Power.TERMINATED };

/** What an instance's record stands beside. */
export interface Surroundings {
  readonly region: string;
  readonly type: InstanceType;
  /** By id. */
  readonly subnets: ReadonlyMap<string, SubnetRecord>;
  readonly vpcs: ReadonlyMap<string, VpcRecord>;
  /** Where our own API is reached from inside. */
  readonly endpoint: string;
}

/** What the node is told of an instance. */
export function desiredInstance(record: InstanceRecord, { region, type, subnets, vpcs, endpoint }: Surroundings): DesiredInstance {
  return {
    instanceId: record.instanceId,
    generation: BigInt(record.generation),
    power: POWERS[record.power],
    force: record.force,
    starts: BigInt(record.starts),
    reboots: BigInt(record.reboots),
    onShutdown: record.shutdownBehavior === 'stop' ? ShutdownBehavior.STOP : ShutdownBehavior.TERMINATE,
    limits: limitsOf(type, record.rootVolume.sizeGib),
    image: { imageId: record.image.imageId, architecture: record.image.architecture, source: imageSource(record.image.source) },
    interfaces: record.interfaces.map((each, deviceIndex) => ({
      interfaceId: each.interfaceId,
      deviceIndex,
      macAddress: each.macAddress,
      privateAddress: each.privateAddress,
      publicAddress: each.publicAddress ?? '',
      securityGroupIds: [...each.groupIds],
      privateDnsName: privateDnsName(each.privateAddress, region),
      sourceDestCheck: each.sourceDestCheck,
      subnet: subnetOf(each.subnetId, subnets, vpcs),
    })),
    userData: Buffer.from(record.userData, 'base64'),
    publicKeys: record.keyName === undefined || record.publicKey === undefined ? [] : [{ name: record.keyName, openssh: record.publicKey }],
    identity: {
      accountId: record.accountId,
      region,
      availabilityZone: record.zoneName,
      zoneId: record.zoneId,
      instanceType: record.instanceType,
      reservationId: record.reservationId,
      launchMs: BigInt(record.launchMs),
      launchIndex: record.launchIndex,
      endpoint,
    },
    metadata: { ...record.metadata },
    tags: { ...record.tags },
    stopGraceMs: STOP_GRACE_MS,
  };
}

/** As EC2 names hosts: `ip-10-201-0-5.ec2.internal`, with the region everywhere but in us-east-1. */
export function privateDnsName(address: string, region: string): string {
  const host = `ip-${address.replaceAll('.', '-')}`;
  return region === 'us-east-1' ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`;
}

/** A group as nodes apply it; `revision` fences older pictures. */
export function desiredGroup(group: SecurityGroupRecord, members: readonly string[], revision: number): DesiredSecurityGroup {
  return {
    groupId: group.groupId,
    revision: BigInt(revision),
    memberAddresses: [...members],
    rules: group.rules.map(desiredRule),
    gone: false,
    groupName: group.groupName,
  };
}

function desiredRule(rule: RuleRecord): SecurityGroupRule {
  const { ruleId, egress, protocol, fromPort, toPort } = rule;
  return { ruleId, egress, protocol, fromPort, toPort, peer: desiredPeer(rule) };
}

function desiredPeer({ peer }: RuleRecord): SecurityGroupRule['peer'] {
  switch (peer.kind) {
    case 'ipv4':
      return { $case: 'cidrIpv4', value: peer.cidr };
    case 'ipv6':
      return { $case: 'cidrIpv6', value: peer.cidr };
    case 'group':
      return { $case: 'groupId', value: peer.groupId };
    default:
      return peer satisfies never;
  }
}

function limitsOf(type: InstanceType, diskGib: number): DesiredInstance['limits'] {
  return {
    cpuMillis: type.vcpus * MILLIS,
    vcpus: type.vcpus,
    memoryBytes: BigInt(type.memoryMib * MIB),
    pids: type.pids,
    diskBytes: BigInt(diskGib * GIB),
    diskBytesPerSecond: BigInt(type.diskMibPerSecond * MIB),
    diskOperationsPerSecond: type.diskOperationsPerSecond,
    networkBitsPerSecond: BigInt(type.networkMbitPerSecond * MBIT),
    reservedCpuMillis: type.reservedCpuMillis,
  };
}

function imageSource(source: ImageSource): NonNullable<DesiredInstance['image']>['source'] {
  if (source.kind === 'offered') return { $case: 'offered', value: source.name };
  const { bucket, key, etag, sizeBytes } = source;
  return { $case: 'object', value: { bucket, key, etag, sizeBytes: BigInt(sizeBytes) } };
}

function subnetOf(
  subnetId: string,
  subnets: ReadonlyMap<string, SubnetRecord>,
  vpcs: ReadonlyMap<string, VpcRecord>,
): DesiredInstance['interfaces'][number]['subnet'] {
  const subnet = subnets.get(subnetId);
  const network = subnet === undefined ? undefined : parseNetwork(subnet.cidr);
  if (subnet === undefined || network === undefined) return undefined;
  return {
    subnetId,
    cidr: subnet.cidr,
    routerAddress: formatAddress(network.base + 1),
    dnsAddress: formatAddress(network.base + 2),
    vpcId: subnet.vpcId,
    vpcCidr: vpcs.get(subnet.vpcId)?.cidr ?? '',
  };
}
