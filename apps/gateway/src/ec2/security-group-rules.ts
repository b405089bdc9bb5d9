import { isIPv6 } from 'node:net';
import { invalidParameter, QueryError } from '@pilvi/aws-query';
import type { IpPermission, SecurityGroupRule, UserIdGroupPair } from '@pilvi/aws-query/ec2';
import { networkOf, type RulePeer, type RuleRecord } from '@pilvi/compute-model';
import { tagList } from './tags.ts';

/** A rule that is asked for, without an id yet. */
export type RuleDraft = Pick<RuleRecord, 'protocol' | 'fromPort' | 'toPort' | 'peer' | 'description'>;

const PROTOCOLS: Readonly<Record<string, string>> = {
  '6': 'tcp',
  '17': 'udp',
  '1': 'icmp',
  '58': 'icmpv6',
  icmp6: 'icmpv6',
  all: '-1',
  '-1': '-1',
};
const NAMED = new Set(['tcp', 'udp', 'icmp', 'icmpv6']);
const LAST_PORT = 65_535;
const LAST_ICMP = 255;

/** Answers the id of a group that a permission names. Throws InvalidGroup.NotFound. */
export type FindGroup = (pair: UserIdGroupPair) => string;

/** One rule for each peer of each permission. Throws what AWS does of malformed ones. */
export function rulesIn(permissions: readonly IpPermission[], findGroup: FindGroup): RuleDraft[] {
  return permissions.flatMap((permission) => {
    const traffic = trafficOf(permission);
    const peers = peersOf(permission, findGroup);
    if (peers.length === 0)
      throw new QueryError('MissingParameter', 'The request must contain a source or destination for every permission');
    return peers.map((peer) => ({ ...traffic, ...peer }));
  });
}

export function trafficOf({
  IpProtocol,
  FromPort,
  ToPort,
}: Pick<IpPermission, 'IpProtocol' | 'FromPort' | 'ToPort'>): Omit<RuleDraft, 'peer' | 'description'> {
  if (IpProtocol === undefined || IpProtocol === '')
    throw new QueryError('MissingParameter', 'The request must contain the parameter ipProtocol');
  const given = IpProtocol.toLowerCase();
  const protocol = PROTOCOLS[given] ?? given;
  if (protocol === 'tcp' || protocol === 'udp') {
    if (FromPort === undefined || ToPort === undefined)
      throw new QueryError('InvalidParameterValue', "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
    if (FromPort < 0 || ToPort > LAST_PORT || FromPort > ToPort)
      throw new QueryError('InvalidParameterValue', `Invalid TCP/UDP port range (${FromPort}:${ToPort})`);
    return { protocol, fromPort: FromPort, toPort: ToPort };
  }
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const [fromPort, toPort] = [FromPort ?? -1, ToPort ?? -1];
    if (Math.min(fromPort, toPort) < -1 || Math.max(fromPort, toPort) > LAST_ICMP || (fromPort === -1 && toPort !== -1))
      throw new QueryError('InvalidParameterValue', `ICMP code (${toPort}) or type (${fromPort}) out of range`);
    return { protocol, fromPort, toPort };
  }
  if (protocol !== '-1' && !(/^\d{1,3}$/.test(protocol) && Number(protocol) <= LAST_ICMP))
    throw new QueryError('InvalidPermission.Malformed', `Invalid value '${IpProtocol}' for IP protocol. Unknown protocol.`);
  return { protocol, fromPort: -1, toPort: -1 };
}

function peersOf(permission: IpPermission, findGroup: FindGroup): Pick<RuleDraft, 'peer' | 'description'>[] {
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp = '', Description }) => ({ peer: ipv4Peer(CidrIp), description: checked(Description) })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 = '', Description }) => ({
      peer: ipv6Peer(CidrIpv6),
      description: checked(Description),
    })),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
      peer: { kind: 'group', groupId: findGroup(pair) } as const,
      description: checked(pair.Description),
    })),
  ];
}

/** Bits beyond the prefix are cleared, as AWS does. */
export function ipv4Peer(text: string): RulePeer {
  const cidr = networkOf(text);
  if (cidr === undefined) throw new QueryError('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return { kind: 'ipv4', cidr };
}

export function ipv6Peer(text: string): RulePeer {
  const [address = '', length = '', ...more] = text.split('/');
  if (more.length > 0 || !isIPv6(address) || !/^\d{1,3}$/.test(length) || Number(length) > 128)
    throw new QueryError('InvalidParameterValue', `CIDR block ${text} is malformed`);
  return { kind: 'ipv6', cidr: `${address.toLowerCase()}/${Number(length)}` };
}

export function checked(description: string | undefined): string | undefined {
  if (description === undefined || description === '') return undefined;
  if (!/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description)) throw invalidParameter('description', description);
  return description;
}

export function isSameRule(one: RuleDraft, other: RuleDraft): boolean {
  return (
    one.protocol === other.protocol &&
    one.fromPort === other.fromPort &&
    one.toPort === other.toPort &&
    JSON.stringify(one.peer) === JSON.stringify(other.peer)
  );
}

/** As the error messages of AWS name a rule. */
export function ruleText({ protocol, fromPort, toPort, peer }: RuleDraft): string {
  const to = peer.kind === 'group' ? peer.groupId : peer.cidr;
  const ports = protocol === 'tcp' || protocol === 'udp' ? `, from port: ${fromPort}, to port: ${toPort}` : '';
  return `"peer: ${to}, ${protocol === '-1' ? 'ALL' : protocol.toUpperCase()}${ports}, ALLOW"`;
}

/** Rules of one direction as permissions: those of the same traffic together. */
export function permissionsOf(rules: readonly RuleRecord[], ownerId: string): IpPermission[] {
  const groups = Map.groupBy(rules, ({ protocol, fromPort, toPort }) => `${protocol} ${fromPort} ${toPort}`);
  return [...groups.values()].map((same) => {
    const { protocol, fromPort, toPort } = same[0]!;
    const hasPorts = NAMED.has(protocol);
    return {
      IpProtocol: protocol,
      FromPort: hasPorts ? fromPort : undefined,
      ToPort: hasPorts ? toPort : undefined,
      UserIdGroupPairs: same.flatMap(({ peer, description }) =>
        peer.kind === 'group' ? [{ GroupId: peer.groupId, UserId: ownerId, Description: description }] : [],
      ),
      IpRanges: same.flatMap(({ peer, description }) => (peer.kind === 'ipv4' ? [{ CidrIp: peer.cidr, Description: description }] : [])),
      Ipv6Ranges: same.flatMap(({ peer, description }) =>
        peer.kind === 'ipv6' ? [{ CidrIpv6: peer.cidr, Description: description }] : [],
      ),
      PrefixListIds: [],
    };
  });
}

/** A rule as DescribeSecurityGroupRules shows it. */
export function shownRule(
  rule: RuleRecord,
  groupId: string,
  { accountId, region }: { accountId: string; region: string },
): SecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.ruleId,
    SecurityGroupRuleArn: `arn:aws:ec2:${region}:${accountId}:security-group-rule/${rule.ruleId}`,
    GroupId: groupId,
    GroupOwnerId: accountId,
    IsEgress: rule.egress,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort,
    ToPort: rule.toPort,
    CidrIpv4: peer.kind === 'ipv4' ? peer.cidr : undefined,
    CidrIpv6: peer.kind === 'ipv6' ? peer.cidr : undefined,
    ReferencedGroupInfo: peer.kind === 'group' ? { GroupId: peer.groupId, UserId: accountId } : undefined,
    Description: rule.description,
    Tags: tagList(rule.tags),
  };
}
