import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Instance,
  ModifyImageAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RegisterImageCommand,
  ResetImageAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Ec2Cloud, startEc2Cloud } from './testing/ec2-cloud.ts';

async function busybox(ec2: EC2Client): Promise<string> {
  return (await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images![0]!.ImageId!;
}

async function run(ec2: EC2Client, more: Partial<RunInstancesCommandInput> = {}): Promise<Instance> {
  const input = { ImageId: await busybox(ec2), InstanceType: 't3.nano', MinCount: 1, MaxCount: 1, ...more } as const;
  return (await ec2.send(new RunInstancesCommand(input))).Instances![0]!;
}

async function registered({ ec2, s3 }: Ec2Cloud): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket: 'images' }));
  await s3.send(new PutObjectCommand({ Bucket: 'images', Key: 'root.tar', Body: 'a tarball' }));
  const { ImageId } = await ec2.send(new RegisterImageCommand({ Name: 'own', Description: 'first', ImageLocation: 'images/root.tar' }));
  return ImageId!;
}

test('an image of one’s own has a description that changes, and attributes that are empty; those of nodes are not shown', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const ImageId = await registered(cloud);
  const attribute = (Attribute: string, id = ImageId) =>
    ec2.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: Attribute as never }));
  assert.equal((await attribute('description')).Description?.Value, 'first');
  await ec2.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: 'second' } }));
  assert.equal((await attribute('description')).Description?.Value, 'second');
  await ec2.send(new ModifyImageAttributeCommand({ ImageId, Attribute: 'description', Value: 'third' }));
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  assert.equal(Images?.[0]?.Description, 'third');
  assert.deepEqual((await attribute('launchPermission')).LaunchPermissions ?? [], []);
  await ec2.send(new ResetImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }));

  const Add = [{ UserId: '111111111111' }];
  await assert.rejects(ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } })), { name: 'UnsupportedOperation' });
  await assert.rejects(ec2.send(new ModifyImageAttributeCommand({ ImageId })), { name: 'MissingParameter' });
  await assert.rejects(attribute('lastLaunchedTime'), { name: 'UnsupportedOperation' });
  await assert.rejects(attribute('nonsense'), { name: 'InvalidParameterValue' });
  await assert.rejects(attribute('description', await busybox(ec2)), { name: 'AuthFailure' });
  await assert.rejects(attribute('description', 'ami-00000000000000001'), { name: 'InvalidAMIID.NotFound' });
  await assert.rejects(attribute('description', 'ami-x'), { name: 'InvalidAMIID.Malformed' });
  await assert.rejects(ec2.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: 'x'.repeat(256) } })), {
    name: 'InvalidParameterValue',
  });
  await assert.rejects(ec2.send(new ResetImageAttributeCommand({ ImageId, Attribute: 'description' as never })), {
    name: 'InvalidParameterValue',
  });
});

test('metadata options change while an instance runs, one by one, and are shown as applied when its node has heard of them', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { node } = await cloud.addNode();
  const { InstanceId, MetadataOptions } = await run(ec2);
  assert.deepEqual([MetadataOptions?.State, MetadataOptions?.HttpTokens], ['pending', 'required']);
  const { InstanceMetadataOptions } = await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpPutResponseHopLimit: 5 }));
  assert.deepEqual([InstanceMetadataOptions?.HttpTokens, InstanceMetadataOptions?.HttpPutResponseHopLimit], ['required', 5]);
  await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpTokens: 'optional', InstanceMetadataTags: 'enabled' }));
  const state = async (): Promise<string | undefined> => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!] }));
    return Reservations![0]!.Instances![0]!.MetadataOptions?.State;
  };
  while ((await state()) !== 'applied') await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(node.instances.desiredOf(InstanceId!)?.metadata, { enabled: true, tokensRequired: false, hopLimit: 5, tags: true });
  const wrong = { InstanceId, HttpPutResponseHopLimit: 65 };
  await assert.rejects(ec2.send(new ModifyInstanceMetadataOptionsCommand(wrong)), { name: 'InvalidParameterValue' });
  await assert.rejects(ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId })), { name: 'MissingParameter' });
  await assert.rejects(ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpProtocolIpv6: 'enabled' })), {
    name: 'UnsupportedOperation',
  });
});

test('an interface takes other groups, and its instance with it', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
  const { InstanceId, NetworkInterfaces } = await run(ec2);
  const NetworkInterfaceId = NetworkInterfaces![0]!.NetworkInterfaceId!;
  await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [GroupId!, GroupId!] }));
  await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck: { Value: false } }));
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!] }));
  const [shown] = Reservations![0]!.Instances!;
  assert.deepEqual(shown?.SecurityGroups, [{ GroupId, GroupName: 'web' }]);
  assert.equal(shown?.SourceDestCheck, false);
  const none = 'eni-00000000000000001';
  await assert.rejects(
    ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: none, SourceDestCheck: { Value: true } })),
    { name: 'InvalidNetworkInterfaceID.NotFound' },
  );
  await assert.rejects(ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: ['sg-00000000000000001'] })), {
    name: 'InvalidGroup.NotFound',
  });
});

test('disks, interfaces and rules carry tags of their own, given at the launch or later, several in one request', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const tag = (Value: string) => [{ Key: 'of', Value }];
  const instance = await run(ec2, {
    TagSpecifications: [
      { ResourceType: 'instance', Tags: tag('instance') },
      { ResourceType: 'volume', Tags: tag('volume') },
      { ResourceType: 'network-interface', Tags: tag('interface') },
    ],
  });
  const { InstanceId } = instance;
  const volumeId = instance.BlockDeviceMappings![0]!.Ebs!.VolumeId!;
  const interfaceId = instance.NetworkInterfaces![0]!.NetworkInterfaceId!;
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'tag:of', Values: ['volume'] }] }));
  assert.deepEqual(
    Volumes?.map((volume) => volume.VolumeId),
    [volumeId],
  );
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'tag-key', Values: ['of'] }] }));
  assert.deepEqual(NetworkInterfaces?.[0]?.TagSet, tag('interface'));

  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
  const { SecurityGroupRules } = await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [80, 443].map((port) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] })),
    }),
  );
  const ruleIds = SecurityGroupRules!.map((rule) => rule.SecurityGroupRuleId!);
  const Resources = [InstanceId!, volumeId, interfaceId, ...ruleIds, GroupId!];
  await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'team', Value: 'shop' }] }));
  const { Tags } = await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['team'] }] }));
  assert.deepEqual(Tags?.map((each) => each.ResourceId).sort(), Resources.sort());
  assert.deepEqual([...new Set(Tags.map((each) => each.ResourceType))].sort(), [
    'instance',
    'network-interface',
    'security-group',
    'security-group-rule',
    'volume',
  ]);
  const rules = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'tag:team', Values: ['shop'] }] }));
  assert.equal(rules.SecurityGroupRules?.length, 2);

  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
  await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { InstanceIds: [InstanceId!] });
  await assert.rejects(ec2.send(new CreateTagsCommand({ Resources: [volumeId], Tags: tag('x') })), { name: 'InvalidVolume.NotFound' });
  await assert.rejects(ec2.send(new CreateTagsCommand({ Resources: ['sgr-00000000000000001'], Tags: tag('x') })), {
    name: 'InvalidSecurityGroupRuleId.NotFound',
  });
});

test('rules are described anew, by what they say and by their ids', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
  const permission = (Description: string, port = 80) => ({
    IpProtocol: 'tcp',
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp: '0.0.0.0/0', Description }],
  });
  const made = await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission('one')] }));
  const SecurityGroupRuleId = made.SecurityGroupRules![0]!.SecurityGroupRuleId!;
  const description = async (): Promise<string | undefined> => {
    const { SecurityGroupRules } = await ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [SecurityGroupRuleId] }));
    return SecurityGroupRules![0]!.Description;
  };
  await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId, IpPermissions: [permission('two')] }));
  assert.equal(await description(), 'two');
  const SecurityGroupRuleDescriptions = [{ SecurityGroupRuleId, Description: 'three' }];
  await ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId, SecurityGroupRuleDescriptions }));
  assert.equal(await description(), 'three');
  await assert.rejects(ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId, IpPermissions: [permission('x', 81)] })), {
    name: 'InvalidPermission.NotFound',
  });
  await assert.rejects(ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand({ GroupId })), { name: 'MissingParameter' });
});
