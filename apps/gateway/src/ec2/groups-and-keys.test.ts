import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeTagsCommand,
  ImportKeyPairCommand,
  ModifySecurityGroupRulesCommand,
  RegisterImageCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import ssh2 from 'ssh2';
import { startEc2Cloud } from './testing/ec2-cloud.ts';

test('rules are added, shown, changed and removed, each with an id', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'a web server' }));
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80 };
  const { SecurityGroupRules } = await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        { ...http, IpRanges: [{ CidrIp: '10.1.2.3/8', Description: 'inside' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
        { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] },
        { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      ],
    }),
  );
  assert.equal(SecurityGroupRules?.length, 4);
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['w?b'] }] }));
  const [group] = SecurityGroups!;
  assert.deepEqual(
    group?.IpPermissions?.map((each) => [each.IpProtocol, each.FromPort, each.IpRanges?.[0]?.CidrIp, each.Ipv6Ranges?.length]),
    [
      ['tcp', 80, '10.0.0.0/8', 1],
      ['-1', undefined, undefined, 0],
      ['icmp', 8, '0.0.0.0/0', 0],
    ],
  );
  assert.equal(group?.IpPermissionsEgress?.length, 1);
  const ruleId = SecurityGroupRules[0]!.SecurityGroupRuleId!;
  const rule = { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8081, CidrIpv4: '0.0.0.0/0', Description: 'changed' };
  await ec2.send(
    new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: [{ SecurityGroupRuleId: ruleId, SecurityGroupRule: rule }] }),
  );
  const shown = await ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [ruleId] }));
  assert.deepEqual(
    shown.SecurityGroupRules?.map((each) => [each.FromPort, each.ToPort, each.CidrIpv4, each.Description, each.IsEgress]),
    [[8080, 8081, '0.0.0.0/0', 'changed', false]],
  );
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [ruleId] }));
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ ...http, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }] }));
  await assert.rejects(
    ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [{ ...http, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }] })),
    {
      name: 'InvalidPermission.NotFound',
    },
  );
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  await assert.rejects(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId!] })), { name: 'InvalidGroup.NotFound' });
});

test('malformed and duplicate rules, names that are taken, and groups in use are refused', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'a', Description: 'a' }));
  const ingress = async (permission: object): Promise<string> =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] })).then(
      () => 'accepted',
      (error: unknown) => (error as Error).name,
    );
  const IpRanges = [{ CidrIp: '0.0.0.0/0' }];
  assert.equal(await ingress({ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges }), 'accepted');
  assert.equal(await ingress({ IpProtocol: '6', FromPort: 22, ToPort: 22, IpRanges }), 'InvalidPermission.Duplicate');
  assert.equal(await ingress({ IpProtocol: 'tcp', IpRanges }), 'InvalidParameterValue');
  assert.equal(await ingress({ IpProtocol: 'udp', FromPort: 9, ToPort: 1, IpRanges }), 'InvalidParameterValue');
  assert.equal(await ingress({ IpProtocol: 'tcp', FromPort: 1, ToPort: 65536, IpRanges }), 'InvalidParameterValue');
  assert.equal(await ingress({ IpProtocol: 'nonsense', IpRanges }), 'InvalidPermission.Malformed');
  assert.equal(await ingress({ IpProtocol: '-1', IpRanges: [{ CidrIp: '1.2.3.4/33' }] }), 'InvalidParameterValue');
  assert.equal(await ingress({ IpProtocol: '-1' }), 'MissingParameter');
  assert.equal(await ingress({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0123456789abcdef0' }] }), 'InvalidGroup.NotFound');
  await assert.rejects(ec2.send(new CreateSecurityGroupCommand({ GroupName: 'a', Description: 'a' })), { name: 'InvalidGroup.Duplicate' });
  const { GroupId: other } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'b', Description: 'b' }));
  const permission = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId }] };
  await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: other, IpPermissions: [permission] }));
  await assert.rejects(ec2.send(new DeleteSecurityGroupCommand({ GroupId })), { name: 'DependencyViolation' });
  await assert.rejects(ec2.send(new DeleteSecurityGroupCommand({ GroupName: 'default' })), { name: 'CannotDelete' });
});

test('key pairs are made, imported with the fingerprints that AWS gives, and deleted', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  for (const KeyType of ['rsa', 'ed25519'] as const) {
    const made = await ec2.send(new CreateKeyPairCommand({ KeyName: KeyType, KeyType }));
    const key = ssh2.utils.parseKey(made.KeyMaterial!);
    assert.ok(!(key instanceof Error) && key.isPrivateKey());
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ KeyNames: [KeyType], IncludePublicKey: true }));
    assert.ok(KeyPairs?.[0]?.PublicKey?.includes(key.getPublicSSH().toString('base64')));
    await assert.rejects(ec2.send(new CreateKeyPairCommand({ KeyName: KeyType })), { name: 'InvalidKeyPair.Duplicate' });
  }
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@somewhere';
  const { KeyFingerprint, KeyPairId } = await ec2.send(new ImportKeyPairCommand({ KeyName: 'mine', PublicKeyMaterial: Buffer.from(line) }));
  assert.match(KeyFingerprint!, /^[A-Za-z0-9+/]{43}=$/);
  await assert.rejects(ec2.send(new ImportKeyPairCommand({ KeyName: 'bad', PublicKeyMaterial: Buffer.from('nonsense') })), {
    name: 'InvalidKey.Format',
  });
  await ec2.send(new DeleteKeyPairCommand({ KeyPairId }));
  await ec2.send(new DeleteKeyPairCommand({ KeyName: 'never there' }));
  await assert.rejects(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['mine'] })), { name: 'InvalidKeyPair.NotFound' });
});

test('an image is registered from an object, shown as our own, tagged and deregistered', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2, s3 } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: 'images' }));
  await s3.send(new PutObjectCommand({ Bucket: 'images', Key: 'a/root.tar', Body: 'not really' }));
  const register = (ImageLocation: string, Name = 'mine') =>
    ec2.send(new RegisterImageCommand({ ImageLocation, Name, Architecture: 'x86_64' }));
  await assert.rejects(register('images/nothing.tar'), { name: 'InvalidManifest' });
  await assert.rejects(register('nowhere/root.tar'), { name: 'InvalidManifest' });
  await assert.rejects(register('images/a/root.tar', 'x'), { name: 'InvalidAMIName.Malformed' });
  const { ImageId } = await register('images/a/root.tar');
  await assert.rejects(register('images/a/root.tar'), { name: 'InvalidAMIName.Duplicate' });
  await ec2.send(
    new CreateTagsCommand({
      Resources: [ImageId!],
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await ec2.send(new DeleteTagsCommand({ Resources: [ImageId!], Tags: [{ Key: 'a', Value: 'another' }, { Key: 'b' }] }));
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'tag:a', Values: ['1'] }] }));
  assert.deepEqual(
    Images?.map((image) => [image.ImageId, image.ImageLocation, image.Tags?.length]),
    [[ImageId, 'images/a/root.tar', 1]],
  );
  const { Tags } = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['image'] }] }));
  assert.deepEqual(
    Tags?.map((tag) => [tag.ResourceId, tag.Key, tag.Value]),
    [[ImageId, 'a', '1']],
  );
  await ec2.send(new DeregisterImageCommand({ ImageId }));
  await assert.rejects(ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId!] })), { name: 'InvalidAMIID.NotFound' });
});
