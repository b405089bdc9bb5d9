import { effectiveGroups } from './desired-network.ts';
import type { DesiredNetwork, EffectiveGroup } from './desired-network.ts';
import type { SecurityGroupRule, Traffic } from './instance-network.ts';
import { contains, parseCidr } from './ipv4.ts';

/** The first packet of a conversation. */
export interface Flow {
  readonly source: string;
  readonly destination: string;
  readonly packet:
    | { readonly kind: 'tcp' | 'udp'; readonly port: number }
    | { readonly kind: 'icmp'; readonly type: number; readonly code: number }
    | { readonly kind: 'protocol'; readonly number: number };
}

/**
 * Whether security groups let a conversation begin: those of the source's interface outwards, those of the destination's inwards, as far as these are
 * interfaces of this node. What `router-rules.ts` says to the kernel, said in TypeScript.
 */
export function permits(network: DesiredNetwork, flow: Flow): boolean {
  const groups = effectiveGroups(network);
  const own = new Set([...network.attachments.values()].map((attachment) => attachment.privateAddress));
  const passes = (end: 'source' | 'destination'): boolean => {
    if (!own.has(flow[end])) return true;
    const direction = end === 'source' ? 'outbound' : 'inbound';
    const peer = end === 'source' ? flow.destination : flow.source;
    return groups
      .filter((group) => group.members.includes(flow[end]))
      .some((group) =>
        group.rules.some((rule) => rule.direction === direction && coversTraffic(rule.traffic, flow) && coversPeer(rule, peer, groups)),
      );
  };
  return passes('source') && passes('destination');
}

function coversPeer({ peer }: SecurityGroupRule, address: string, groups: readonly EffectiveGroup[]): boolean {
  if (peer.kind === 'cidr') return contains(parseCidr(peer.cidr), address);
  return groups.some((group) => group.groupId === peer.groupId && group.members.includes(address));
}

const PROTOCOL_NUMBERS = { icmp: 1, tcp: 6, udp: 17 };

function coversTraffic(traffic: Traffic, { packet }: Flow): boolean {
  switch (traffic.kind) {
    case 'all':
      return true;
    case 'protocol':
      return traffic.number === (packet.kind === 'protocol' ? packet.number : PROTOCOL_NUMBERS[packet.kind]);
    case 'icmp':
      return packet.kind === 'icmp' && (traffic.type ?? packet.type) === packet.type && (traffic.code ?? packet.code) === packet.code;
    case 'tcp':
    case 'udp':
      return packet.kind === traffic.kind && traffic.fromPort <= packet.port && packet.port <= traffic.toPort;
  }
}
