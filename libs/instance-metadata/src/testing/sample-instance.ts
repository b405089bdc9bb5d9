import { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';

/** An instance with everything that its metadata can tell. */
export function sampleInstance(changes: Parameters<typeof DesiredInstance.create>[0] = {}): DesiredInstance {
  return DesiredInstance.create({
    instanceId: 'i-00000000000000005',
    image: { imageId: 'ami-00000000000000001', architecture: 'x86_64' },
    interfaces: [
      {
        interfaceId: 'eni-00000000000000005',
        deviceIndex: 0,
        macAddress: '02:00:00:00:00:05',
        privateAddress: '10.201.0.5',
        privateDnsName: 'ip-10-201-0-5.ec2.internal',
        publicAddress: '127.201.0.5',
        subnet: {
          subnetId: 'subnet-00000000000000001',
          cidr: '10.201.0.0/20',
          routerAddress: '10.201.0.1',
          dnsAddress: '10.201.0.2',
          vpcId: 'vpc-00000000000000001',
          vpcCidr: '10.201.0.0/16',
        },
        securityGroupIds: ['sg-1', 'sg-2'],
        sourceDestCheck: true,
      },
    ],
    userData: Buffer.from('#!/bin/sh\necho hello\n'),
    publicKeys: [{ name: 'my-key', openssh: 'ssh-ed25519 AAAA me\n' }],
    identity: {
      accountId: '000000000001',
      region: 'eu-north-1',
      availabilityZone: 'eu-north-1a',
      zoneId: 'eun1-az1',
      instanceType: 't3.micro',
      reservationId: 'r-00000000000000001',
      launchMs: 1_700_000_000_000n,
      launchIndex: 0,
      endpoint: 'http://pilvi.internal:9000',
    },
    metadata: { enabled: true, tokensRequired: true, hopLimit: 1, tags: true },
    tags: { Name: 'web', 'cost centre': '7' },
    ...changes,
  });
}
