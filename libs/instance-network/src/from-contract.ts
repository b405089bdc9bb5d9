import type { DesiredInstance, DesiredSecurityGroup, SecurityGroupRule as WireRule } from '@pilvi/contracts/compute/v1/instance';
import { isIPv4 } from 'node:net';
import { NetworkError } from './errors.ts';
import type { Attachment, RulePeer, SecurityGroup, SecurityGroupRule, Traffic } from './instance-network.ts';
import { contains, parseCidr } from './ipv4.ts';

/** The network part of a desired instance, checked. Throws NetworkError `invalid`; `unsupported` for more than one interface. */
export function attachmentOf(instance: DesiredInstance): Attachment {
  const [primary, ...others] = instance.interfaces;
  if (primary === undefined) throw new NetworkError('invalid', 'an instance needs a network interface');
  if (others.length > 0) throw new NetworkError('unsupported', 'an instance has one network interface here');
  if (primary.subnet === undefined) throw new NetworkError('invalid', 'a network interface needs a subnet');
  const { cidr, routerAddress, dnsAddress, vpcCidr } = primary.subnet;
  const subnet = parseCidr(cidr);
  parseCidr(vpcCidr);
  for (const address of [primary.privateAddress, routerAddress, dnsAddress]) {
    if (!contains(subnet, address)) throw new NetworkError('invalid', `${address} is not in its subnet ${cidr}`);
  }
  if (primary.publicAddress !== '') mustBeAddress(primary.publicAddress);
  return {
    instanceId: matching(instance.instanceId, /^i-[0-9a-z]{8,20}$/, 'instance id'),
    macAddress: matching(primary.macAddress.toLowerCase(), /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'MAC address'),
    privateAddress: primary.privateAddress,
    privateDnsName: matching(primary.privateDnsName, /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/, 'private DNS name'),
    publicAddress: primary.publicAddress === '' ? undefined : primary.publicAddress,
    subnet: { cidr, routerAddress, dnsAddress, vpcCidr },
    securityGroupIds: primary.securityGroupIds.map(groupIdOf),
    sourceDestCheck: primary.sourceDestCheck,
    metadataHopLimit: Math.min(64, Math.max(1, instance.metadata?.hopLimit ?? 1)),
    bitsPerSecond: Number(instance.limits?.networkBitsPerSecond ?? 0),
  };
}

/** A desired security group, checked. Rules for IPv6, which instances do not have, are left out. Throws NetworkError `invalid`. */
export function securityGroupOf(group: DesiredSecurityGroup): SecurityGroup {
  group.memberAddresses.forEach(mustBeAddress);
  return {
    groupId: groupIdOf(group.groupId),
    revision: group.revision,
    memberAddresses: group.memberAddresses,
    rules: group.rules.flatMap(ruleOf),
  };
}

/** /etc/resolv.conf of an instance: names are asked for in its subnet, and short ones are meant in its own zone. */
export function resolvConf({ subnet, privateDnsName }: Attachment): string {
  return `nameserver ${subnet.dnsAddress}\nsearch ${zoneOf(privateDnsName)}\n`;
}

/** "ec2.internal" of "ip-10-201-0-5.ec2.internal". */
export function zoneOf(privateDnsName: string): string {
  return privateDnsName.slice(privateDnsName.indexOf('.') + 1);
}

function ruleOf(rule: WireRule): SecurityGroupRule[] {
  const peer = peerOf(rule);
  const traffic = trafficOf(rule);
  if (peer === undefined || traffic === undefined) return [];
  return [
    {
      ruleId: matching(rule.ruleId, /^sgr-[0-9a-z]{1,32}$/, 'rule id'),
      direction: rule.egress ? 'outbound' : 'inbound',
      traffic,
      peer,
    },
  ];
}

/** Undefined: it speaks of IPv6. */
function trafficOf({ protocol, fromPort, toPort, ruleId }: WireRule): Traffic | undefined {
  const portRange = (kind: 'tcp' | 'udp'): Traffic => {
    const all = fromPort === -1 || toPort === -1;
    const range = all ? { fromPort: 0, toPort: 65_535 } : { fromPort, toPort };
    if (range.fromPort < 0 || range.toPort > 65_535 || range.fromPort > range.toPort) {
      throw new NetworkError('invalid', `rule ${ruleId} has no such ports: ${fromPort} to ${toPort}`);
    }
    return { kind, ...range };
  };
  switch (protocol) {
    case '-1':
      return { kind: 'all' };
    case 'tcp':
    case '6':
      return portRange('tcp');
    case 'udp':
    case '17':
      return portRange('udp');
    case 'icmp':
    case '1':
      return { kind: 'icmp', type: byteOrAny(fromPort), code: byteOrAny(toPort) };
    case 'icmpv6':
    case '58':
      return undefined;
    default:
      return { kind: 'protocol', number: Number(matching(protocol, /^(25[0-5]|2[0-4]\d|1?\d{1,2})$/, 'protocol')) };
  }
}

/** Undefined: it speaks of IPv6. */
function peerOf({ peer, ruleId }: WireRule): RulePeer | undefined {
  switch (peer?.$case) {
    case 'cidrIpv4':
      parseCidr(peer.value);
      return { kind: 'cidr', cidr: peer.value };
    case 'cidrIpv6':
      return undefined;
    case 'groupId':
      return { kind: 'group', groupId: groupIdOf(peer.value) };
    case undefined:
      throw new NetworkError('invalid', `rule ${ruleId} has no peer`);
  }
}

function byteOrAny(number: number): number | undefined {
  if (number === -1) return undefined;
  if (number < 0 || number > 255) throw new NetworkError('invalid', `${number} is no ICMP type or code`);
  return number;
}

function groupIdOf(id: string): string {
  return matching(id, /^sg-[0-9a-z]{1,32}$/, 'security group id');
}

function mustBeAddress(address: string): void {
  if (!isIPv4(address)) throw new NetworkError('invalid', `"${address}" is not an IPv4 address`);
}

/** What passes here ends up in commands and rules: nothing but the expected characters does. */
function matching(text: string, pattern: RegExp, what: string): string {
  if (!pattern.test(text)) throw new NetworkError('invalid', `"${text}" is no ${what}`);
  return text;
}
