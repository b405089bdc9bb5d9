import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceStatusOk,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { startEc2Cloud } from './testing/ec2-cloud.ts';

const waiter = (client: EC2Client): { client: EC2Client; maxWaitTime: number; minDelay: number; maxDelay: number } => ({
  client,
  maxWaitTime: 120,
  minDelay: 1,
  maxDelay: 1,
});

async function busybox(ec2: EC2Client): Promise<string> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] }));
  assert.equal(Images?.length, 1);
  return Images[0]!.ImageId!;
}

async function run(ec2: EC2Client, more: Partial<RunInstancesCommandInput> = {}): Promise<Instance[]> {
  const input = { ImageId: await busybox(ec2), InstanceType: 't3.nano', MinCount: 1, MaxCount: 1, ...more } as const;
  return (await ec2.send(new RunInstancesCommand(input))).Instances ?? [];
}

async function look(ec2: EC2Client, id: string): Promise<Instance> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations![0]!.Instances![0]!;
}

test('without a compute node, or with one that is not ready, nothing is launched and the reason is told', async () => {
  await using cloud = await startEc2Cloud();
  const input = { ImageId: 'ami-00000000000000000', MinCount: 1, MaxCount: 1 };
  await assert.rejects(cloud.ec2.send(new RunInstancesCommand(input)), { name: 'UnsupportedOperation', message: /no compute node/ });
  await cloud.addNode({ missing: ['the program crun (Debian package crun)'] });
  await assert.rejects(cloud.ec2.send(new RunInstancesCommand(input)), {
    name: 'UnsupportedOperation',
    message: /the machine of compute-1 lacks the program crun \(Debian package crun\)/,
  });
  assert.deepEqual((await cloud.ec2.send(new DescribeInstancesCommand({}))).Reservations ?? [], []);
});

test('an instance runs, stops, starts with its address, reboots and terminates, as its node tells', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { node } = await cloud.addNode();
  const UserData = Buffer.from('#!/bin/sh\necho hello\n').toString('base64');
  const [instance] = await run(ec2, { UserData, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }] });
  const id = instance!.InstanceId!;
  const InstanceIds = [id];
  assert.equal(instance!.State?.Name, 'pending');
  await waitUntilInstanceRunning(waiter(ec2), { InstanceIds });
  await waitUntilInstanceStatusOk(waiter(ec2), { InstanceIds });
  const running = await look(ec2, id);
  assert.equal(running.PrivateIpAddress, '10.201.0.4');
  assert.equal(running.PublicIpAddress, '127.201.0.4');
  assert.deepEqual(running.Tags, [{ Key: 'Name', Value: 'web' }]);
  const desired = node.instances.desiredOf(id);
  assert.equal(desired?.userData.toString(), '#!/bin/sh\necho hello\n');
  assert.equal(desired.interfaces[0]?.subnet?.routerAddress, '10.201.0.1');

  await ec2.send(new RebootInstancesCommand({ InstanceIds }));
  const console = async (): Promise<string> =>
    Buffer.from((await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }))).Output ?? '', 'base64').toString();
  while ((await console()) !== 'start 1\nreboot 1\n') await new Promise((resolve) => setImmediate(resolve));

  const { StoppingInstances } = await ec2.send(new StopInstancesCommand({ InstanceIds }));
  assert.equal(StoppingInstances?.[0]?.PreviousState?.Name, 'running');
  await waitUntilInstanceStopped(waiter(ec2), { InstanceIds });
  assert.equal((await look(ec2, id)).StateReason?.Code, 'Client.UserInitiatedShutdown');
  await assert.rejects(ec2.send(new RebootInstancesCommand({ InstanceIds })), { name: 'IncorrectInstanceState' });
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: 't3.small' } }));
  await ec2.send(new StartInstancesCommand({ InstanceIds }));
  await waitUntilInstanceRunning(waiter(ec2), { InstanceIds });
  const again = await look(ec2, id);
  assert.deepEqual([again.InstanceType, again.PrivateIpAddress], ['t3.small', '10.201.0.4']);
  await assert.rejects(ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: 't3.nano' } })), {
    name: 'IncorrectInstanceState',
  });

  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: true } }));
  await assert.rejects(ec2.send(new TerminateInstancesCommand({ InstanceIds })), { name: 'OperationNotPermitted' });
  const { DisableApiTermination } = await ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'disableApiTermination' }),
  );
  assert.equal(DisableApiTermination?.Value, true);
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: false } }));
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  await waitUntilInstanceTerminated(waiter(ec2), { InstanceIds });
  assert.equal((await cloud.state.claims.all()).filter(({ key }) => key.includes('-address/')).length, 0);
  // Its address is free again.
  assert.equal((await run(ec2))[0]?.PrivateIpAddress, '10.201.0.4');
});

test('a client token launches once, and refuses other parameters', async () => {
  await using cloud = await startEc2Cloud();
  await cloud.addNode();
  const [first] = await run(cloud.ec2, { ClientToken: 'once' });
  const both = await Promise.all([run(cloud.ec2, { ClientToken: 'once' }), run(cloud.ec2, { ClientToken: 'once' })]);
  assert.deepEqual(
    both.map(([instance]) => instance?.InstanceId),
    [first?.InstanceId, first?.InstanceId],
  );
  await assert.rejects(run(cloud.ec2, { ClientToken: 'once', MaxCount: 2 }), { name: 'IdempotentParameterMismatch' });
  assert.equal((await cloud.state.instances.all()).length, 1);
});

test('a node is given no more than it lends, also by launches at the same time', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode({ memoryGib: 2 });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => run(ec2)));
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 4);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'InsufficientInstanceCapacity');
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
  const addresses = Reservations?.flatMap((each) => each.Instances ?? []).map((each) => each.PrivateIpAddress);
  assert.equal(new Set(addresses).size, 4);
  await assert.rejects(run(ec2, { Placement: { AvailabilityZone: 'us-east-1b' } }), {
    name: 'InsufficientInstanceCapacity',
    message: /us-east-1b/,
  });
});

test('as many as fit are launched between the smallest and the largest count', async () => {
  await using cloud = await startEc2Cloud();
  await cloud.addNode({ memoryGib: 2 });
  assert.equal((await run(cloud.ec2, { MinCount: 2, MaxCount: 10 })).length, 4);
  await assert.rejects(run(cloud.ec2, { MinCount: 1, MaxCount: 1 }), { name: 'InsufficientInstanceCapacity' });
});

test('an instance whose node is out of reach is shown impaired, and as it was', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const node = await cloud.addNode();
  const [instance] = await run(ec2);
  const InstanceIds = [instance!.InstanceId!];
  await waitUntilInstanceRunning(waiter(ec2), { InstanceIds });
  node.disconnect();
  const status = async (): Promise<unknown[]> => {
    const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds }));
    return InstanceStatuses!.map((each) => [each.InstanceState?.Name, each.SystemStatus?.Status, each.InstanceStatus?.Status]);
  };
  while (cloud.sessions.connected('compute-1-id') !== undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await status(), [['running', 'impaired', 'impaired']]);
  // What is asked meanwhile is done when the node is back; until then nobody says it were.
  await ec2.send(new StopInstancesCommand({ InstanceIds }));
  assert.equal((await look(ec2, InstanceIds[0]!)).State?.Name, 'stopping');
  await node.reconnect();
  await waitUntilInstanceStopped(waiter(ec2), { InstanceIds });
});

test('what ends by itself, fails to launch, or is lost with its node tells why', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { node, disconnect } = await cloud.addNode();
  const [one] = await run(ec2);
  const [other] = await run(ec2, { InstanceInitiatedShutdownBehavior: 'terminate' });
  const [ids1, ids2] = [[one!.InstanceId!], [other!.InstanceId!]];
  await waitUntilInstanceRunning(waiter(ec2), { InstanceIds: [...ids1, ...ids2] });
  node.instances.endByItself(ids1[0]!, 0);
  node.instances.endByItself(ids2[0]!, 1);
  await waitUntilInstanceStopped(waiter(ec2), { InstanceIds: ids1 });
  await waitUntilInstanceTerminated(waiter(ec2), { InstanceIds: ids2 });
  assert.equal((await look(ec2, ids1[0]!)).StateReason?.Code, 'Client.InstanceInitiatedShutdown');
  await ec2.send(new StartInstancesCommand({ InstanceIds: ids1 }));
  await waitUntilInstanceRunning(waiter(ec2), { InstanceIds: ids1 });

  node.instances.breakImage(await busybox(ec2));
  const [broken] = await run(ec2);
  // The SDK's waiter gives up on an instance that is pending.
  while ((await look(ec2, broken!.InstanceId!)).State?.Name === 'pending') await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await look(ec2, broken!.InstanceId!)).State?.Name, 'terminated');
  assert.match((await look(ec2, broken!.InstanceId!)).StateReason?.Message ?? '', /cannot be unpacked/);

  disconnect();
  await cloud.addNode({ nodeId: 'another-disk' });
  await waitUntilInstanceTerminated(waiter(ec2), { InstanceIds: ids1 });
  assert.match((await look(ec2, ids1[0]!)).StateReason?.Message ?? '', /node that ran it was lost/);
});

test('a node is told of the groups of its instances with their members, and of changes', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  const { node } = await cloud.addNode();
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
  const [instance] = await run(ec2, { SecurityGroupIds: [GroupId!] });
  assert.deepEqual(node.groups.get(GroupId!)?.memberAddresses ?? [instance!.PrivateIpAddress], [instance!.PrivateIpAddress]);
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  while (node.groups.get(GroupId!)?.rules.length !== 2) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(ec2.send(new DeleteSecurityGroupCommand({ GroupId })), { name: 'DependencyViolation' });
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance!.InstanceId!] }));
  await waitUntilInstanceTerminated(waiter(ec2), { InstanceIds: [instance!.InstanceId!] });
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  while (node.groups.has(GroupId!)) await new Promise((resolve) => setImmediate(resolve));
});

test('what EC2 rejects is rejected with its code', async () => {
  await using cloud = await startEc2Cloud();
  const { ec2 } = cloud;
  await cloud.addNode();
  const launch = async (more: object): Promise<string> =>
    run(ec2, more).then(
      () => 'launched',
      (error: unknown) => (error as Error).name,
    );
  const cases: [object, string][] = [
    [{ ImageId: 'nonsense' }, 'InvalidAMIID.Malformed'],
    [{ ImageId: 'ami-0123456789abcdef0' }, 'InvalidAMIID.NotFound'],
    [{ InstanceType: 't9.huge' }, 'InvalidParameterValue'],
    [{ MinCount: 0 }, 'InvalidParameterValue'],
    [{ MinCount: 2, MaxCount: 1 }, 'InvalidParameterValue'],
    [{ MinCount: 21, MaxCount: 21 }, 'InstanceLimitExceeded'],
    [{ KeyName: 'nobody' }, 'InvalidKeyPair.NotFound'],
    [{ SecurityGroupIds: ['sg-0123456789abcdef0'] }, 'InvalidGroup.NotFound'],
    [{ SubnetId: 'subnet-0123456789abcdef0' }, 'InvalidSubnetID.NotFound'],
    [{ UserData: '***' }, 'InvalidUserData.Malformed'],
    [{ UserData: Buffer.alloc(17_000).toString('base64') }, 'InvalidParameterValue'],
    [{ PrivateIpAddress: '10.9.9.9' }, 'InvalidParameterValue'],
    [{ Placement: { AvailabilityZone: 'us-east-1z' } }, 'InvalidParameterValue'],
    [{ IamInstanceProfile: { Name: 'x' } }, 'UnsupportedOperation'],
    [{ DryRun: true }, 'DryRunOperation'],
  ];
  for (const [more, code] of cases) assert.equal(await launch(more), code, JSON.stringify(more).slice(0, 80));
  const missing = 'i-0123456789abcdef0';
  await assert.rejects(ec2.send(new DescribeInstancesCommand({ InstanceIds: ['nonsense'] })), { name: 'InvalidInstanceID.Malformed' });
  await assert.rejects(ec2.send(new DescribeInstancesCommand({ InstanceIds: [missing] })), { name: 'InvalidInstanceID.NotFound' });
  await assert.rejects(ec2.send(new TerminateInstancesCommand({ InstanceIds: [missing] })), { name: 'InvalidInstanceID.NotFound' });
  await assert.rejects(ec2.send(new CreateTagsCommand({ Resources: [missing], Tags: [{ Key: 'a', Value: 'b' }] })), {
    name: 'InvalidInstanceID.NotFound',
  });
});
