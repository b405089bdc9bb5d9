import { DesiredInstance, DesiredSecurityGroup, Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';

const MIB = 1024n * 1024n;
export const BUSYBOX = { $case: 'offered', value: `pilvi/busybox-${process.arch === 'x64' ? 'x86_64' : process.arch}` } as const;

const GROUP = 'sg-00000001';

let generation = 0n;

/** 10.201.0.10 for i-0000000a. */
const addressOf = (instanceId: string): string => `10.201.0.${Number.parseInt(instanceId.slice(-2), 16)}`;

/** An instance as a gateway would want it. */
export function wanted(instanceId: string, changes: Partial<DesiredInstance> = {}): DesiredInstance {
  return DesiredInstance.fromPartial({
    instanceId,
    generation: ++generation,
    power: Power.RUNNING,
    starts: 1n,
    onShutdown: ShutdownBehavior.STOP,
    limits: {
      ...{ cpuMillis: 1000, vcpus: 1, memoryBytes: 64n * MIB, pids: 64 },
      ...{ diskBytes: 64n * MIB, diskBytesPerSecond: 125n * MIB, diskOperationsPerSecond: 3000 },
    },
    image: { imageId: 'ami-1', source: BUSYBOX, architecture: '' },
    interfaces: [
      {
        interfaceId: 'eni-1',
        macAddress: `02:00:00:00:00:${instanceId.slice(-2)}`,
        privateAddress: addressOf(instanceId),
        privateDnsName: `ip-${addressOf(instanceId).replaceAll('.', '-')}.ec2.internal`,
        subnet: {
          subnetId: 'subnet-1',
          cidr: '10.201.0.0/20',
          routerAddress: '10.201.0.1',
          dnsAddress: '10.201.0.2',
          vpcId: 'vpc-1',
          vpcCidr: '10.201.0.0/16',
        },
        securityGroupIds: [GROUP],
        sourceDestCheck: true,
      },
    ],
    stopGraceMs: 20_000,
    ...changes,
  });
}

/** All may leave; who may come in is for each test. */
export function group(
  revision: bigint,
  inbound: readonly { protocol: string; fromPort: number; toPort: number }[] = [],
): DesiredSecurityGroup {
  const anywhere = { $case: 'cidrIpv4', value: '0.0.0.0/0' } as const;
  const rules = inbound.map((rule, i) => ({ ruleId: `sgr-0000000${i + 1}`, egress: false, ...rule, peer: anywhere }));
  return DesiredSecurityGroup.fromPartial({
    groupId: GROUP,
    revision,
    rules: [{ ruleId: 'sgr-00000000', egress: true, protocol: '-1', peer: anywhere }, ...rules],
  });
}

export const script = (...lines: readonly string[]): Buffer => Buffer.from(`#!/bin/sh\n${lines.join('\n')}\n`);
