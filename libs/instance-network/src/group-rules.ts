import type { EffectiveGroup } from './desired-network.ts';
import type { RulePeer, SecurityGroupRule, Traffic } from './instance-network.ts';
import { contains, parseCidr } from './ipv4.ts';
import { chain } from './nft-script.ts';

/** The set of a group's members: who its rules are for, and what other groups mean when they refer to it. */
export function groupSet(groupId: string): string {
  return groupId;
}

export function groupChain(groupId: string, direction: SecurityGroupRule['direction']): string {
  return `${groupId}-${direction}`;
}

/** A chain for each direction: it accepts what a rule of the group allows, and returns with the rest. */
export function securityGroupRules(group: EffectiveGroup, hostAddress: string): string[] {
  return (['inbound', 'outbound'] as const).map((direction) =>
    chain(
      groupChain(group.groupId, direction),
      undefined,
      group.rules.filter((rule) => rule.direction === direction).map((rule) => ruleText(rule, hostAddress)),
    ),
  );
}

function ruleText({ ruleId, direction, traffic, peer }: SecurityGroupRule, hostAddress: string): string {
  const end = direction === 'inbound' ? 'ip saddr' : 'ip daddr';
  const from = direction === 'inbound' ? sources(peer, hostAddress) : peerText(peer);
  return [end, from, ...trafficText(traffic), 'accept', `comment "${ruleId}"`].join(' ');
}

/**
 * A program on the host that calls an instance's public loopback address says that it comes from 127.0.0.1, and is seen here with the host's end of the
 * uplink as its source: a range with one of the two in it means both.
 */
function sources(peer: RulePeer, hostAddress: string): string {
  if (peer.kind === 'group') return peerText(peer);
  const cidr = parseCidr(peer.cidr);
  return contains(cidr, '127.0.0.1') && !contains(cidr, hostAddress) ? `{ ${peer.cidr}, ${hostAddress} }` : peerText(peer);
}

function peerText(peer: RulePeer): string {
  return peer.kind === 'group' ? `@${groupSet(peer.groupId)}` : peer.cidr;
}

function trafficText(traffic: Traffic): string[] {
  switch (traffic.kind) {
    case 'all':
      return [];
    case 'protocol':
      return [`ip protocol ${traffic.number}`];
    case 'tcp':
    case 'udp':
      return [`${traffic.kind} dport ${traffic.fromPort === traffic.toPort ? traffic.fromPort : `${traffic.fromPort}-${traffic.toPort}`}`];
    case 'icmp':
      if (traffic.type === undefined) return ['ip protocol icmp'];
      return [`icmp type ${traffic.type}`, ...(traffic.code === undefined ? [] : [`icmp code ${traffic.code}`])];
  }
}
