import type { Attachment, SecurityGroup, SecurityGroupRule } from './instance-network.ts';
import { contains, parseCidr } from './ipv4.ts';

/** Everything that the rules are made from. */
export interface DesiredNetwork {
  readonly attachments: ReadonlyMap<string, Attachment>;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
}

/** A group as this node applies it. */
export interface EffectiveGroup {
  readonly groupId: string;
  readonly members: readonly string[];
  readonly rules: readonly SecurityGroupRule[];
}

/**
 * Groups in the order of their ids. Who is a member is told with the group, but of its own interfaces a node knows better: an interface is in the groups that
 * it names, and in none at all while one of them is not known yet, so that nothing gets through.
 */
export function effectiveGroups({ attachments, groups }: DesiredNetwork): EffectiveGroup[] {
  const own = [...attachments.values()];
  const ownAddresses = new Set(own.map((attachment) => attachment.privateAddress));
  const known = own.filter((attachment) => unknownGroups(attachment, groups).length === 0);
  return [...groups.values()]
    .toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1))
    .map(({ groupId, memberAddresses, rules }) => {
      const elsewhere = memberAddresses.filter((address) => !ownAddresses.has(address));
      const here = known
        .filter((attachment) => attachment.securityGroupIds.includes(groupId))
        .map((attachment) => attachment.privateAddress);
      // A rule that refers to a group which is not told (yet) speaks of nobody.
      const meant = rules.filter(({ peer }) => peer.kind === 'cidr' || groups.has(peer.groupId));
      return { groupId, members: [...new Set([...elsewhere, ...here])].toSorted(), rules: meant };
    });
}

/** What people are told of an instance's network; empty: it is as it should be. */
export function problemOf(attachment: Attachment | undefined, groups: DesiredNetwork['groups'], publicCidr: string): string {
  if (attachment === undefined) return 'it has no network';
  const unknown = unknownGroups(attachment, groups);
  if (unknown.length > 0) return `its security groups are not known here yet: ${unknown.join(', ')}`;
  const { publicAddress } = attachment;
  if (publicAddress === undefined || contains(parseCidr(publicCidr), publicAddress)) return '';
  return `its public address ${publicAddress} is not in this node's range ${publicCidr}: nobody reaches it there`;
}

/** Groups that the interface is in and that were not told to this node yet. */
function unknownGroups(attachment: Attachment, groups: DesiredNetwork['groups']): string[] {
  return attachment.securityGroupIds.filter((groupId) => !groups.has(groupId));
}
