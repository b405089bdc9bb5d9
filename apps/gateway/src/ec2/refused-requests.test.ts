import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  type EC2Client,
  RunInstancesCommand,
  waitUntilInstanceRunning,
  TerminateInstancesCommand,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { signedPost } from '../query/testing/signed-post.ts';
import { EC2_ACTIONS } from './actions.ts';
import { startEc2Cloud } from './testing/ec2-cloud.ts';

/** Lines of a code, an action and the form that earns it; `{x*300}` is 300 times x, and a name in braces one of the ids below. */
const TABLE = new URL('testdata/refused-requests.txt', import.meta.url);

/** What each launch has unless its line says otherwise: `-ImageId` takes it away. */
const LAUNCH = { ImageId: '{IMAGE}', InstanceType: 't3.nano', MinCount: '1', MaxCount: '1' };

async function prepare(ec2: EC2Client): Promise<Record<string, string>> {
  const IMAGE = (await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images![0]!.ImageId!;
  const input = { ImageId: IMAGE, InstanceType: 't3.nano', MinCount: 1, MaxCount: 1 } as const;
  const instance = (await ec2.send(new RunInstancesCommand(input))).Instances![0]!;
  const InstanceIds = [instance.InstanceId!];
  await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { InstanceIds });
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g2', Description: 'd' }));
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [http] }));
  await ec2.send(new CreateKeyPairCommand({ KeyName: 'k', KeyType: 'ed25519' }));
  const { NextToken } = await ec2.send(new DescribeInstanceTypesCommand({ MaxResults: 5 }));
  return {
    IMAGE,
    INSTANCE: instance.InstanceId!,
    SUBNET: instance.SubnetId!,
    VPC: instance.VpcId!,
    DEFAULT: instance.SecurityGroups![0]!.GroupId!,
    GROUP: GroupId!,
    TOKEN: NextToken!,
  };
}

function bodyOf(action: string, form: string, ids: Readonly<Record<string, string>>): string {
  const parts = form === '' ? [] : form.split('&');
  const isGiven = (name: string): boolean => parts.some((part) => part.startsWith(`${name}=`) || part.startsWith(`-${name}=`));
  const usual = Object.entries(action === 'RunInstances' ? LAUNCH : {}).filter(([name]) => !isGiven(name));
  const all = [`Action=${action}`, ...usual.map(([name, value]) => `${name}=${value}`), ...parts.filter((part) => !part.startsWith('-'))];
  return all
    .join('&')
    .replace(/\{(.)\*(\d+)\}/g, (_whole, character: string, count: string) => character.repeat(Number(count)))
    .replace(/\{([A-Z]+)\}/g, (_whole, name: string) => ids[name]!);
}

test('what EC2 refuses is refused with its code, and nothing comes of it', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2, endpoint, state } = cloud;
  await cloud.addNode();
  const ids = await prepare(ec2);
  const before = await state.control.range('/ec2/');
  const wrong: string[] = [];
  const check = async (code: string, action: string, form: string): Promise<void> => {
    const answer = (await signedPost(endpoint, bodyOf(action, form, ids))).replace(/^\d+ /, '');
    if (answer !== code) wrong.push(`${action} ${form.slice(0, 120)}: ${answer}, not ${code}`);
  };
  for (const line of readFileSync(TABLE, 'utf8').trimEnd().split('\n')) {
    const [code = '', action = '', form = ''] = line.split(' ');
    await check(code, action, form);
  }
  const many = (count: number, of: (i: number) => string): string => Array.from({ length: count }, (_each, i) => of(i + 1)).join('&');
  const userData = encodeURIComponent(Buffer.alloc(17 * 1024, 'x').toString('base64'));
  await check('InvalidParameterValue', 'RunInstances', `UserData=${userData}`);
  const tags = (of: string) => many(51, (i) => `${of}Tag.${i}.Key=k${i}&${of}Tag.${i}.Value=v`);
  await check('TagLimitExceeded', 'RunInstances', `TagSpecification.1.ResourceType=instance&${tags('TagSpecification.1.')}`);
  await check('TagLimitExceeded', 'CreateTags', `ResourceId.1={INSTANCE}&${tags('')}`);
  const values = many(201, (i) => `Filter.1.Value.${i}=x`);
  await check('InvalidParameterValue', 'DescribeInstances', `Filter.1.Name=instance-id&${values}`);
  const rule = (i: number) =>
    `IpPermissions.${i}.IpProtocol=tcp&IpPermissions.${i}.FromPort=${i}&IpPermissions.${i}.ToPort=${i}&IpPermissions.${i}.IpRanges.1.CidrIp=1.0.0.0/8`;
  await check('RulesPerSecurityGroupLimitExceeded', 'AuthorizeSecurityGroupIngress', `GroupId={GROUP}&${many(60, rule)}`);
  await check(
    'InvalidParameterValue',
    'StopInstances',
    many(101, (i) => `InstanceId.${i}={INSTANCE}`),
  );
  assert.deepEqual(wrong, []);
  assert.equal((await state.control.range('/ec2/')).entries.length, before.entries.length);
});

test('every action that lists refuses filters it does not know, pages of no size, and tokens of other actions', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2, endpoint } = cloud;
  await cloud.addNode();
  const { TOKEN } = await prepare(ec2);
  const wrong: string[] = [];
  const check = async (code: string, body: string): Promise<void> => {
    const answer = (await signedPost(endpoint, body)).replace(/^\d+ /, '');
    if (answer !== code) wrong.push(`${body}: ${answer}, not ${code}`);
  };
  for (const { name, takes } of EC2_ACTIONS) {
    const needs = name === 'DescribeLaunchTemplateVersions' ? '&LaunchTemplateVersion.1=$Latest' : '';
    if (takes.includes('Filters')) {
      await check('InvalidParameterValue', `Action=${name}${needs}&Filter.1.Name=nonsense&Filter.1.Value.1=x`);
      await check('InvalidParameterValue', `Action=${name}${needs}&Filter.1.Value.1=x`);
    }
    if (!takes.includes('NextToken')) continue;
    for (const size of ['0', '-1', '1001', 'many']) await check('InvalidParameterValue', `Action=${name}${needs}&MaxResults=${size}`);
    await check('InvalidNextToken', `Action=${name}${needs}&NextToken=nonsense`);
    if (name !== 'DescribeInstanceTypes') await check('InvalidNextToken', `Action=${name}${needs}&NextToken=${TOKEN!}`);
  }
  assert.deepEqual(wrong, []);
});

test('an instance that is gone is neither started nor changed', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2, endpoint } = cloud;
  await cloud.addNode();
  const { INSTANCE } = await prepare(ec2);
  const InstanceIds = [INSTANCE!];
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { InstanceIds });
  for (const form of [
    `StartInstances&InstanceId.1=${INSTANCE!}`,
    `StopInstances&InstanceId.1=${INSTANCE!}`,
    `RebootInstances&InstanceId.1=${INSTANCE!}`,
    `ModifyInstanceAttribute&InstanceId=${INSTANCE!}&DisableApiStop.Value=true`,
    `ModifyInstanceMetadataOptions&InstanceId=${INSTANCE!}&HttpTokens=optional`,
  ])
    assert.equal(await signedPost(endpoint, `Action=${form}`), '400 IncorrectInstanceState', form);
  assert.equal(await signedPost(endpoint, `Action=TerminateInstances&InstanceId.1=${INSTANCE!}`), '200 ');
});
