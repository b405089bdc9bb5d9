import { effectiveGroups } from './desired-network.ts';
import type { DesiredNetwork, EffectiveGroup } from './desired-network.ts';
import type { Attachment } from './instance-network.ts';
import { groupChain, groupSet, securityGroupRules } from './group-rules.ts';
import { ROUTER_UPLINK, instanceLink } from './names.ts';
import { chain, map, script, set } from './nft-script.ts';
import { ENDPOINT_ADDRESS, METADATA_ADDRESS, METADATA_PORT, NAMES_ADDRESS, NAMES_PORT } from './well-known.ts';

/** What of the router does not change with its instances. */
export interface RouterSettings {
  /** The host's end of the uplink. Programs on the host come from there. */
  readonly hostAddress: string;
  readonly publicCidr: string;
  /** Where our own API is reached, on ENDPOINT_ADDRESS; undefined: it is not. */
  readonly endpointPort: number | undefined;
}

const ESTABLISHED = 'ct state established,related accept';

/**
 * All rules of the router's namespace, for `nft -f`: its tables are replaced in one transaction, so no packet sees half of them. Connections are tracked
 * apart from rules and go on.
 *
 * A packet from an instance passes `guard` (it is who it says), then `outbound` (its groups let it go) and `inbound` (the groups of who it is for let it
 * come). Outbound and inbound are two chains on one hook: what the first accepts goes on to the second.
 */
export function routerRules(network: DesiredNetwork, settings: RouterSettings): string {
  const attachments = [...network.attachments.values()].toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const groups = effectiveGroups(network);
  return script([
    {
      family: 'inet',
      name: 'pilvi',
      parts: [
        ...sourceSets(attachments),
        ...addressMaps(attachments),
        ...groups.map((group) => set(groupSet(group.groupId), 'ipv4_addr', group.members)),
        ...groups.flatMap((group) => securityGroupRules(group, settings.hostAddress)),
        ...entrance(attachments),
        ...passage(groups),
        ...ownServices(settings),
        ...exit(attachments, settings),
      ],
    },
    { family: 'arp', name: 'pilvi', parts: addressResolution() },
  ]);
}

function sourceSets(attachments: readonly Attachment[]): string[] {
  const stations = (chosen: readonly Attachment[], ...parts: ((attachment: Attachment) => string)[]): string[] =>
    chosen.map((attachment) =>
      [`"${instanceLink(attachment.instanceId)}"`, attachment.macAddress, ...parts.map((part) => part(attachment))].join(' . '),
    );
  const unchecked = attachments.filter((attachment) => !attachment.sourceDestCheck);
  return [
    set('vpc', 'ipv4_addr', [...new Set(attachments.map(({ subnet }) => subnet.vpcCidr))].toSorted(), 'flags interval', 'auto-merge'),
    set(
      'stations',
      'ifname . ether_addr . ipv4_addr',
      stations(attachments, (attachment) => attachment.privateAddress),
    ),
    set('stations_unchecked', 'ifname . ether_addr', stations(unchecked)),
  ];
}

function addressMaps(attachments: readonly Attachment[]): string[] {
  const pairs = attachments.filter((attachment) => attachment.publicAddress !== undefined);
  return [
    set('name_servers', 'ipv4_addr', [...new Set(attachments.map(({ subnet }) => subnet.dnsAddress))].toSorted()),
    map(
      'private_of',
      'ipv4_addr : ipv4_addr',
      pairs.map(({ publicAddress, privateAddress }) => `${publicAddress} : ${privateAddress}`),
    ),
    map(
      'public_of',
      'ipv4_addr : ipv4_addr',
      pairs.map(({ publicAddress, privateAddress }) => `${privateAddress} : ${publicAddress}`),
    ),
  ];
}

/** Nothing passes under a name that is not its own: each link is tied to one MAC and one address. */
function entrance(attachments: readonly Attachment[]): string[] {
  const isUnchecked = attachments.some((attachment) => !attachment.sourceDestCheck);
  return [
    chain('guard', 'type filter hook prerouting priority raw; policy drop', [
      'meta nfproto ipv6 drop',
      'iifname "lo" accept',
      // Outside nobody speaks for an instance.
      `iifname "${ROUTER_UPLINK}" ip saddr @vpc drop`,
      `iifname "${ROUTER_UPLINK}" accept`,
      'iifname . ether saddr . ip saddr @stations accept',
      ...(isUnchecked
        ? [
            'ip saddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3 } drop',
            'ip saddr @vpc drop',
            'iifname . ether saddr @stations_unchecked accept',
          ]
        : []),
    ]),
    chain('arrive', 'type nat hook prerouting priority dstnat', [
      `ip daddr @name_servers udp dport ${NAMES_PORT} dnat ip to ${NAMES_ADDRESS}`,
      `ip daddr @name_servers tcp dport ${NAMES_PORT} dnat ip to ${NAMES_ADDRESS}`,
      `iifname "${ROUTER_UPLINK}" dnat ip to ip daddr map @private_of`,
    ]),
  ];
}

function passage(groups: readonly EffectiveGroup[]): string[] {
  return [
    // From here, an instance leaves: for another one, for the world, or for the endpoint.
    chain(
      'leave',
      undefined,
      groups.map(({ groupId }) => `ip saddr @${groupSet(groupId)} jump ${groupChain(groupId, 'outbound')}`),
    ),
    chain('outbound', 'type filter hook forward priority filter - 1; policy drop', [
      ESTABLISHED,
      'ct state invalid drop',
      `iifname "${ROUTER_UPLINK}" accept`,
      'jump leave',
    ]),
    chain('inbound', 'type filter hook forward priority filter; policy drop', [
      ESTABLISHED,
      `iifname != "${ROUTER_UPLINK}" oifname "${ROUTER_UPLINK}" accept`,
      ...groups.map(({ groupId }) => `ip daddr @${groupSet(groupId)} jump ${groupChain(groupId, 'inbound')}`),
    ]),
  ];
}

/** What the router answers itself. Metadata and names are reached whatever the groups say, as in EC2; the endpoint is a peer like any other. */
function ownServices({ endpointPort }: RouterSettings): string[] {
  return [
    chain('services', 'type filter hook input priority filter; policy drop', [
      'iifname "lo" accept',
      ESTABLISHED,
      `iifname "${ROUTER_UPLINK}" drop`,
      `ip daddr ${METADATA_ADDRESS} tcp dport ${METADATA_PORT} accept`,
      `ip daddr ${NAMES_ADDRESS} udp dport ${NAMES_PORT} accept`,
      `ip daddr ${NAMES_ADDRESS} tcp dport ${NAMES_PORT} accept`,
      ...(endpointPort === undefined ? [] : [`ip daddr ${ENDPOINT_ADDRESS} tcp dport ${endpointPort} jump leave`]),
    ]),
  ];
}

function exit(attachments: readonly Attachment[], { publicCidr }: RouterSettings): string[] {
  // A loopback address means nothing to the world: behind it, instances share the uplink's.
  const isShared = publicCidr.startsWith('127.');
  const limits = [...new Set(attachments.map((attachment) => attachment.metadataHopLimit))]
    .filter((limit) => limit > 1)
    .toSorted((a, b) => a - b);
  const withLimit = (limit: number): string =>
    attachments
      .filter((attachment) => attachment.metadataHopLimit === limit)
      .map((attachment) => attachment.privateAddress)
      .join(', ');
  return [
    chain('depart', 'type nat hook postrouting priority srcnat', [
      ...(isShared ? [] : [`oifname "${ROUTER_UPLINK}" snat ip to ip saddr map @public_of`]),
      `oifname "${ROUTER_UPLINK}" masquerade`,
    ]),
    chain('hops', 'type filter hook output priority mangle', [
      `ip saddr ${METADATA_ADDRESS} ip ttl set 1`,
      ...limits.map((limit) => `ip saddr ${METADATA_ADDRESS} ip daddr { ${withLimit(limit)} } ip ttl set ${limit}`),
    ]),
    // Rules outlive the node's process. While it is away, who asks for a name must not hear that nobody is there, but ask again: it will be back.
    chain('patience', 'type filter hook output priority filter', [
      `ip saddr ${NAMES_ADDRESS} icmp type destination-unreachable icmp code port-unreachable drop`,
    ]),
  ];
}

/** Both ends of an instance's link know each other's MAC from the start, so whoever speaks ARP there wants to deceive. */
function addressResolution(): string[] {
  return [chain('answers', 'type filter hook input priority filter; policy drop', [`iifname "${ROUTER_UPLINK}" accept`])];
}
