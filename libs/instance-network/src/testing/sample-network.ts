import { DesiredInstance, DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { attachmentOf, securityGroupOf } from '../from-contract.ts';
import type { Attachment, SecurityGroup } from '../instance-network.ts';

export const SUBNET = {
  subnetId: 'subnet-00000000000000001',
  cidr: '10.201.0.0/20',
  routerAddress: '10.201.0.1',
  dnsAddress: '10.201.0.2',
  vpcId: 'vpc-00000000000000001',
  vpcCidr: '10.201.0.0/16',
};

/** Instance number N has the private address 10.201.0.N. */
export function sampleAttachment(
  number: number,
  groups: readonly string[],
  changes: { publicAddress?: string; networkBitsPerSecond?: bigint; sourceDestCheck?: boolean; hopLimit?: number } = {},
): Attachment {
  const hex = number.toString(16).padStart(2, '0');
  return attachmentOf(
    DesiredInstance.create({
      instanceId: `i-000000000000000${hex}`,
      interfaces: [
        {
          interfaceId: `eni-000000000000000${hex}`,
          macAddress: `02:00:00:00:00:${hex}`,
          privateAddress: `10.201.0.${number}`,
          privateDnsName: `ip-10-201-0-${number}.ec2.internal`,
          publicAddress: changes.publicAddress ?? '',
          subnet: SUBNET,
          securityGroupIds: [...groups],
          sourceDestCheck: changes.sourceDestCheck ?? true,
        },
      ],
      limits: { networkBitsPerSecond: changes.networkBitsPerSecond ?? 0n },
      metadata: { enabled: true, tokensRequired: true, hopLimit: changes.hopLimit ?? 1, tags: false },
    }),
  );
}

/** "in tcp 80 10.0.0.0/8", "out -1 0.0.0.0/0", "in udp 53-60 sg-2", "in icmp 8 0.0.0.0/0". */
export function sampleGroup(
  groupId: string,
  revision: bigint,
  rules: readonly string[],
  memberAddresses: readonly string[] = [],
): SecurityGroup {
  return securityGroupOf(
    DesiredSecurityGroup.create({
      groupId,
      revision,
      memberAddresses: [...memberAddresses],
      rules: rules.map((text, index) => {
        const [direction, protocol, ...rest] = text.split(' ') as [string, string, ...string[]];
        const peer = rest.at(-1)!;
        const [from, to] = rest.length === 1 ? [-1, -1] : rest[0]!.split('-').map(Number);
        return {
          ruleId: `sgr-${index}`,
          egress: direction === 'out',
          protocol,
          fromPort: from!,
          toPort: to ?? (protocol === 'icmp' ? -1 : from!),
          peer: peer.startsWith('sg-')
            ? { $case: 'groupId', value: peer }
            : peer.includes(':')
              ? { $case: 'cidrIpv6', value: peer }
              : { $case: 'cidrIpv4', value: peer },
        };
      }),
    }),
  );
}
