import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DesiredInstance, DesiredSecurityGroup } from '@pilvi/contracts/compute/v1/instance';
import { attachmentOf, resolvConf, securityGroupOf } from './from-contract.ts';
import { SUBNET, sampleAttachment } from './testing/sample-network.ts';

type Interface = DesiredInstance['interfaces'][number];

function desired(changes: Partial<Interface> = {}, others: Interface[] = []): DesiredInstance {
  const primary: Interface = {
    interfaceId: 'eni-00000000000000001',
    deviceIndex: 0,
    macAddress: '02:00:00:00:00:AA',
    privateAddress: '10.201.0.5',
    privateDnsName: 'ip-10-201-0-5.ec2.internal',
    publicAddress: '',
    subnet: SUBNET,
    securityGroupIds: ['sg-1'],
    sourceDestCheck: true,
    ...changes,
  };
  return DesiredInstance.create({ instanceId: 'i-00000000000000001', interfaces: [primary, ...others] });
}

test('an attachment has what the instance asks for', () => {
  const attachment = attachmentOf(desired({ publicAddress: '127.201.0.9' }));
  assert.equal(attachment.macAddress, '02:00:00:00:00:aa');
  assert.equal(attachment.publicAddress, '127.201.0.9');
  assert.equal(attachment.metadataHopLimit, 1);
  assert.equal(resolvConf(attachment), 'nameserver 10.201.0.2\nsearch ec2.internal\n');
});

test('whatever could be more than a name or an address is refused', () => {
  const wrong: Partial<Interface>[] = [
    { macAddress: '02:00:00:00:00:00; drop' },
    { privateAddress: '10.201.0.5\nroute add' },
    { privateAddress: '10.202.0.5' },
    { publicAddress: '127.201.0.0/16' },
    { privateDnsName: 'ip-10-201-0-5' },
    { securityGroupIds: ['sg-1 } '] },
    { subnet: { ...SUBNET, vpcCidr: '10.201.0.1/16' } },
    { subnet: undefined },
  ];
  for (const changes of wrong) assert.throws(() => attachmentOf(desired(changes)), { code: 'invalid' }, JSON.stringify(changes));
  assert.throws(() => attachmentOf({ ...desired(), instanceId: 'i-../../etc' }), { code: 'invalid' });
  assert.throws(() => attachmentOf({ ...desired(), interfaces: [] }), { code: 'invalid' });
  const two = desired();
  assert.throws(() => attachmentOf({ ...two, interfaces: [...two.interfaces, ...two.interfaces] }), { code: 'unsupported' });
});

test('rules are checked as well', () => {
  const rule = (changes: object): void => {
    const base = {
      ruleId: 'sgr-1',
      egress: false,
      protocol: 'tcp',
      fromPort: 80,
      toPort: 80,
      peer: { $case: 'cidrIpv4' as const, value: '0.0.0.0/0' },
    };
    securityGroupOf(DesiredSecurityGroup.create({ groupId: 'sg-1', revision: 1n, rules: [{ ...base, ...changes }] }));
  };
  rule({});
  for (const changes of [
    { fromPort: 81 },
    { toPort: 70_000 },
    { protocol: 'tcp accept' },
    { protocol: '256' },
    { peer: { $case: 'cidrIpv4', value: '10.0.0.1/8' } },
    { peer: { $case: 'cidrIpv4', value: '10.0.0.0/33' } },
    { peer: { $case: 'groupId', value: 'sg-1"' } },
    { peer: undefined },
    { ruleId: 'sgr-1" accept' },
    { protocol: 'icmp', fromPort: 256 },
  ]) {
    assert.throws(() => rule(changes), { code: 'invalid' }, JSON.stringify(changes));
  }
});

test('an attachment made of a sample is the same whenever it is made', () => {
  assert.deepEqual(sampleAttachment(5, ['sg-1']), sampleAttachment(5, ['sg-1']));
});
