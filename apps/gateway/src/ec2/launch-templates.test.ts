import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteTagsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  GetLaunchTemplateDataCommand,
  type Instance,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { startEc2Cloud } from './testing/ec2-cloud.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function busybox(ec2: EC2Client): Promise<string> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] }));
  return Images![0]!.ImageId!;
}

async function launch(ec2: EC2Client, input: Omit<RunInstancesCommandInput, 'MinCount' | 'MaxCount'>): Promise<Instance> {
  return (await ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ...input }))).Instances![0]!;
}

const tagsOf = ({ Tags = [] }: Instance): Record<string, string | undefined> =>
  Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value]));

test('versions are added to a template, listed from the newest on, made the default and deleted', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const LaunchTemplateName = 'web';
  const first = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName,
      VersionDescription: 'the first',
      LaunchTemplateData: { InstanceType: 't3.nano', UserData: base64('one'), MetadataOptions: { HttpTokens: 'optional' } },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'team', Value: 'shop' }] }],
    }),
  );
  const LaunchTemplateId = first.LaunchTemplate!.LaunchTemplateId!;
  assert.match(LaunchTemplateId, /^lt-[0-9a-f]{17}$/);
  const second = await ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, SourceVersion: '1', LaunchTemplateData: { InstanceType: 't3.small' } }),
  );
  assert.equal(second.LaunchTemplateVersion?.VersionNumber, 2);
  assert.equal(second.LaunchTemplateVersion?.LaunchTemplateData?.UserData, base64('one'));
  await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, LaunchTemplateData: { InstanceType: 'm5.large' } }));

  const numbers = async (input: object): Promise<(number | undefined)[]> => {
    const { LaunchTemplateVersions } = await ec2.send(new DescribeLaunchTemplateVersionsCommand(input));
    return LaunchTemplateVersions!.map((each) => each.VersionNumber);
  };
  assert.deepEqual(await numbers({ LaunchTemplateId }), [3, 2, 1]);
  assert.deepEqual(await numbers({ LaunchTemplateId, MinVersion: '2' }), [3, 2]);
  assert.deepEqual(await numbers({ LaunchTemplateId, MinVersion: '1', MaxVersion: '2' }), [2, 1]);
  assert.deepEqual(await numbers({ LaunchTemplateId, Versions: ['$Latest', '$Default'] }), [3, 1]);
  assert.deepEqual(await numbers({ LaunchTemplateId, Versions: ['1', '$Default'] }), [1]);
  assert.deepEqual(await numbers({ Versions: ['$Latest'] }), [3]);
  assert.deepEqual(await numbers({ LaunchTemplateId, Filters: [{ Name: 'instance-type', Values: ['t3.*'] }] }), [2, 1]);
  assert.deepEqual(await numbers({ LaunchTemplateId, Filters: [{ Name: 'is-default-version', Values: ['true'] }] }), [1]);
  const page = await ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, MaxResults: 2 }));
  assert.equal(page.LaunchTemplateVersions?.length, 2);
  assert.deepEqual(await numbers({ LaunchTemplateId, MaxResults: 2, NextToken: page.NextToken }), [1]);

  const modified = await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion: '2' }));
  assert.equal(modified.LaunchTemplate?.DefaultVersionNumber, 2);
  const deleted = await ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['1', '2', '3', '9'] }));
  assert.deepEqual(
    deleted.SuccessfullyDeletedLaunchTemplateVersions?.map((each) => each.VersionNumber),
    [1, 3],
  );
  assert.deepEqual(
    deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.map((each) => [each.VersionNumber, each.ResponseError?.Code]),
    [
      [2, 'unexpectedError'],
      [9, 'launchTemplateVersionDoesNotExist'],
    ],
  );
  // A number is not used again.
  const fourth = await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, SourceVersion: '2', LaunchTemplateData: {} }));
  assert.equal(fourth.LaunchTemplateVersion?.VersionNumber, 4);

  await ec2.send(new CreateTagsCommand({ Resources: [LaunchTemplateId], Tags: [{ Key: 'tier', Value: 'front' }] }));
  const { LaunchTemplates } = await ec2.send(
    new DescribeLaunchTemplatesCommand({ Filters: [{ Name: 'tag:team', Values: ['shop'] }], LaunchTemplateNames: [LaunchTemplateName] }),
  );
  assert.equal(LaunchTemplates?.[0]?.LatestVersionNumber, 4);
  assert.equal(LaunchTemplates[0].Tags?.length, 2);
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName }));
  assert.deepEqual(await cloud.state.launchTemplateVersions.all(), []);
  assert.deepEqual(await cloud.state.claims.get(`launch-template/${LaunchTemplateName}`), undefined);
});

test('a template of more versions than go into one transaction is deleted with all of them', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2, state } = cloud;
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'many', LaunchTemplateData: { KeyName: 'k' } }),
  );
  const LaunchTemplateId = LaunchTemplate!.LaunchTemplateId!;
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let i = 0; i < 20; i++)
        await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, SourceVersion: '1', LaunchTemplateData: {} }));
    }),
  );
  assert.equal((await state.launchTemplateVersions.all()).length, 121);
  const { LaunchTemplates } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
  assert.equal(LaunchTemplates?.[0]?.LatestVersionNumber, 121);
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  assert.deepEqual(await state.launchTemplateVersions.all(), []);
});

test('instances are launched from a template, and a request overrides what it says', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'web',
      LaunchTemplateData: {
        ImageId: await busybox(ec2),
        InstanceType: 't3.micro',
        SecurityGroupIds: [GroupId!],
        UserData: base64('#!/bin/sh\ntrue\n'),
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 3 } }],
        MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 2 },
        DisableApiTermination: true,
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: [
              { Key: 'Name', Value: 'web' },
              { Key: 'team', Value: 'shop' },
            ],
          },
        ],
      },
    }),
  );
  const { LaunchTemplateId } = LaunchTemplate!;
  const plain = await launch(ec2, { LaunchTemplate: { LaunchTemplateName: 'web' } });
  assert.equal(plain.InstanceType, 't3.micro');
  assert.deepEqual(
    plain.SecurityGroups?.map((group) => group.GroupName),
    ['web'],
  );
  assert.deepEqual([plain.MetadataOptions?.HttpTokens, plain.MetadataOptions?.HttpPutResponseHopLimit], ['optional', 2]);
  assert.deepEqual(tagsOf(plain), {
    Name: 'web',
    team: 'shop',
    'aws:ec2launchtemplate:id': LaunchTemplateId,
    'aws:ec2launchtemplate:version': '1',
  });
  const InstanceId = plain.InstanceId!;
  const userData = await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }));
  assert.equal(userData.UserData?.Value, base64('#!/bin/sh\ntrue\n'));
  const { LaunchTemplateData } = await ec2.send(new GetLaunchTemplateDataCommand({ InstanceId }));
  assert.equal(LaunchTemplateData?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize, 3);
  assert.equal(LaunchTemplateData.DisableApiTermination, true);

  const changed = await launch(ec2, {
    LaunchTemplate: { LaunchTemplateId, Version: '1' },
    InstanceType: 't3.nano',
    SecurityGroups: ['default'],
    MetadataOptions: { HttpTokens: 'required' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'other' }] }],
  });
  assert.equal(changed.InstanceType, 't3.nano');
  assert.deepEqual(
    changed.SecurityGroups?.map((group) => group.GroupName),
    ['default'],
  );
  assert.deepEqual([changed.MetadataOptions?.HttpTokens, changed.MetadataOptions?.HttpPutResponseHopLimit], ['required', 2]);
  assert.deepEqual([tagsOf(changed)['Name'], tagsOf(changed)['team']], ['other', 'shop']);

  // What is told of an instance makes a template that launches the like of it.
  await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: 'copy', LaunchTemplateData: LaunchTemplateData as RequestLaunchTemplateData }),
  );
  const copy = await launch(ec2, { LaunchTemplate: { LaunchTemplateName: 'copy', Version: '$Latest' } });
  assert.deepEqual([copy.InstanceType, copy.SubnetId, copy.SecurityGroups], [plain.InstanceType, plain.SubnetId, plain.SecurityGroups]);
});

test('the tags that tell of the template are kept from users', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const data = { ImageId: await busybox(ec2), InstanceType: 't3.nano' as const };
  await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData: data }));
  const { InstanceId } = await launch(ec2, { LaunchTemplate: { LaunchTemplateName: 'web' } });
  const Resources = [InstanceId!];
  const Tags = Array.from({ length: 50 }, (_each, i) => ({ Key: `key-${i}`, Value: 'x' }));
  await ec2.send(new CreateTagsCommand({ Resources, Tags }));
  await assert.rejects(ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'more', Value: '' }] })), { name: 'TagLimitExceeded' });
  const Key = 'aws:ec2launchtemplate:id';
  await assert.rejects(ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value: 'x' }] })), { name: 'InvalidParameterValue' });
  await assert.rejects(ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key }] })), { name: 'InvalidParameterValue' });
  await ec2.send(new DeleteTagsCommand({ Resources }));
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: Resources }));
  assert.deepEqual(Object.keys(tagsOf(Reservations![0]!.Instances![0]!)), [Key, 'aws:ec2launchtemplate:version']);
});

test('a client token makes one template and one version of it', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const create = (KeyName: string) =>
    ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', ClientToken: 'once', LaunchTemplateData: { KeyName } }));
  const [one, other] = await Promise.all([create('a'), create('a')]);
  assert.equal(one.LaunchTemplate?.LaunchTemplateId, other.LaunchTemplate?.LaunchTemplateId);
  await assert.rejects(create('b'), { name: 'IdempotentParameterMismatch' });
  const version = () =>
    ec2.send(
      new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: 'web', ClientToken: 'once', LaunchTemplateData: { KeyName: 'c' } }),
    );
  const versions = await Promise.all([version(), version(), version()]);
  assert.deepEqual(
    versions.map((each) => each.LaunchTemplateVersion?.VersionNumber),
    [2, 2, 2],
  );
});

test('what a template names and is not there is warned of; what can never be right is refused', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const ImageId = 'ami-00000000000000001';
  const LaunchTemplateData = { ImageId, KeyName: 'nobody', SecurityGroupIds: ['sg-00000000000000001'] };
  const { Warning } = await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'early', LaunchTemplateData }));
  assert.deepEqual(
    Warning?.Errors?.map((error) => error.Code),
    ['InvalidAMIID.NotFound', 'InvalidKeyPair.NotFound', 'InvalidGroup.NotFound'],
  );
  const name = { LaunchTemplateName: 'other' };
  const unknown = { LaunchTemplateId: 'lt-00000000000000001' };
  const cases: [string, () => Promise<unknown>][] = [
    ['MissingParameter', () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: {} }))],
    [
      'InvalidLaunchTemplateName.AlreadyExistsException',
      () => ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'early', LaunchTemplateData })),
    ],
    [
      'InvalidLaunchTemplateName.MalformedException',
      () => ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'a b c', LaunchTemplateData })),
    ],
    [
      'InvalidParameterValue',
      () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: { UserData: base64('x'.repeat(17_408)) } })),
    ],
    [
      'InvalidUserData.Malformed',
      () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: { UserData: '#!/bin/sh' } })),
    ],
    [
      'InvalidParameterValue',
      () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: { InstanceType: 'x9.huge' as never } })),
    ],
    [
      'UnsupportedOperation',
      () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: { IamInstanceProfile: { Name: 'x' } } })),
    ],
    [
      'UnsupportedOperation',
      () => ec2.send(new CreateLaunchTemplateCommand({ ...name, LaunchTemplateData: { ImageId: 'resolve:ssm:/x' } })),
    ],
    ['InvalidLaunchTemplateId.NotFound', () => ec2.send(new DeleteLaunchTemplateCommand(unknown))],
    ['InvalidLaunchTemplateId.Malformed', () => ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: 'lt-x' }))],
    ['InvalidLaunchTemplateName.NotFoundException', () => ec2.send(new DeleteLaunchTemplateCommand(name))],
    ['MissingParameter', () => ec2.send(new DeleteLaunchTemplateCommand({}))],
    ['InvalidParameterCombination', () => ec2.send(new DeleteLaunchTemplateCommand({ ...name, ...unknown }))],
    [
      'InvalidLaunchTemplateId.NotFound',
      () => ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [unknown.LaunchTemplateId] })),
    ],
    ['InvalidLaunchTemplateName.NotFoundException', () => ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['other'] }))],
    ['InvalidParameterValue', () => ec2.send(new DescribeLaunchTemplatesCommand({ MaxResults: 201 }))],
    ['MissingParameter', () => ec2.send(new DescribeLaunchTemplateVersionsCommand({}))],
    ['InvalidParameterCombination', () => ec2.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['1'] }))],
    [
      'InvalidLaunchTemplateId.VersionNotFound',
      () => ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'early', Versions: ['2'] })),
    ],
    [
      'InvalidParameterValue',
      () => ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'early', Versions: ['latest'] })),
    ],
    [
      'InvalidParameterCombination',
      () => ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'early', Versions: ['1'], MinVersion: '1' })),
    ],
    [
      'InvalidLaunchTemplateId.VersionNotFound',
      () => ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: 'early', DefaultVersion: '2' })),
    ],
    ['MissingParameter', () => ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: 'early' }))],
    [
      'InvalidParameterValue',
      () => ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName: 'early', Versions: ['$Latest'] })),
    ],
    [
      'InvalidLaunchTemplateId.VersionNotFound',
      () =>
        ec2.send(
          new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: 'early', SourceVersion: '7', LaunchTemplateData: { KeyName: 'k' } }),
        ),
    ],
    ['MissingParameter', () => launch(ec2, { LaunchTemplate: {} })],
    ['InvalidLaunchTemplateName.NotFoundException', () => launch(ec2, { LaunchTemplate: name })],
    ['InvalidLaunchTemplateId.VersionNotFound', () => launch(ec2, { LaunchTemplate: { LaunchTemplateName: 'early', Version: '2' } })],
  ];
  for (const [code, call] of cases) await assert.rejects(call(), { name: code }, `${code}: ${String(call)}`);
});
