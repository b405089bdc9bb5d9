import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateKeyPairCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { type ControlStore, openEtcdStore } from '@pilvi/control-store';
import { type EtcdCluster, NO_ETCD, startEtcdCluster } from '@pilvi/control-store/testing';
import { SOLE_LEADER } from '../cluster/leadership.ts';
import { type Ec2Cloud, startEc2Cloud, type TestNodeOptions } from './testing/ec2-cloud.ts';

/** Two gateways over one etcd, the first of which leads, and a node that has sessions with both. */
interface TwoGateways extends AsyncDisposable {
  readonly first: Ec2Cloud;
  readonly second: Ec2Cloud;
  readonly imageId: string;
}

const waiter = (client: EC2Client) => ({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 });

describe('EC2 on etcd', { skip: NO_ETCD, concurrency: 1 }, () => {
  let etcd: EtcdCluster;
  let stores = 0;
  before(async () => {
    etcd = await startEtcdCluster(1, { electionTimeoutMs: 3_000 });
  });
  after(() => etcd[Symbol.asyncDispose]());

  async function start(options: TestNodeOptions = {}): Promise<TwoGateways> {
    const cluster = `ec2-${String(++stores)}`;
    const open = (): Promise<ControlStore> => openEtcdStore({ ...etcd, cluster, timeoutMs: 30_000 });
    const controls = [await open(), await open()];
    const first = await startEc2Cloud({ control: controls[0]!, leadership: SOLE_LEADER });
    const second = await startEc2Cloud({ control: controls[1]!, leadership: { term: () => undefined } });
    await second.welcome(await first.addNode(options));
    const { Images } = await second.ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
    return {
      first,
      second,
      imageId: Images![0]!.ImageId!,
      async [Symbol.asyncDispose]() {
        await second[Symbol.asyncDispose]();
        await first[Symbol.asyncDispose]();
        for (const control of controls) await control[Symbol.asyncDispose]();
      },
    };
  }

  async function run({ ec2 }: Ec2Cloud, ImageId: string, more: Partial<RunInstancesCommandInput> = {}): Promise<Instance[]> {
    const input = { ImageId, InstanceType: 't3.nano', MinCount: 1, MaxCount: 1, ...more } as const;
    return (await ec2.send(new RunInstancesCommand(input))).Instances ?? [];
  }

  test('what one gateway launches the other shows, stops and terminates, and its addresses are free again', async () => {
    await using gateways = await start();
    const { first, second, imageId } = gateways;
    const [instance] = await run(second, imageId);
    const InstanceIds = [instance!.InstanceId!];
    await waitUntilInstanceRunning(waiter(first.ec2), { InstanceIds });
    await first.ec2.send(new StopInstancesCommand({ InstanceIds }));
    await waitUntilInstanceStopped(waiter(second.ec2), { InstanceIds });
    await second.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await waitUntilInstanceTerminated(waiter(second.ec2), { InstanceIds });
    assert.equal((await second.state.claims.all()).filter(({ key }) => key.includes('-address/')).length, 0);
  });

  test('launches at both gateways at the same time share no address, and take no more than the node has', async () => {
    await using gateways = await start({ memoryGib: 4 });
    const { first, second, imageId } = gateways;
    const outcomes = await Promise.allSettled(
      [first, second, first, second, first, second].map((each) => run(each, imageId, { MinCount: 2, MaxCount: 2 })),
    );
    const launched = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
    assert.equal(launched.length, 8);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.equal((outcome.reason as Error).name, 'InsufficientInstanceCapacity');
    const { Reservations } = await first.ec2.send(new DescribeInstancesCommand({}));
    const all = Reservations!.flatMap((each) => each.Instances ?? []);
    assert.equal(all.length, 8);
    assert.equal(new Set(all.map((each) => each.PrivateIpAddress)).size, 8);
    assert.equal(new Set(all.map((each) => each.PublicIpAddress)).size, 8);
  });

  test('a client token at both gateways launches once', async () => {
    await using gateways = await start();
    const { first, second, imageId } = gateways;
    const both = await Promise.all([first, second].map((each) => run(each, imageId, { ClientToken: 'once' })));
    assert.equal(both[0]![0]!.InstanceId, both[1]![0]!.InstanceId);
    assert.equal((await first.state.instances.all()).length, 1);
  });

  test('a name is given once, and versions of a template have numbers of their own', async () => {
    await using gateways = await start();
    const clients = [gateways.first.ec2, gateways.second.ec2];
    const keys = await Promise.allSettled(clients.map((ec2) => ec2.send(new CreateKeyPairCommand({ KeyName: 'k', KeyType: 'ed25519' }))));
    assert.deepEqual(keys.map((each) => each.status).sort(), ['fulfilled', 'rejected']);
    await clients[0]!.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData: { InstanceType: 't3.nano' } }));
    const version = (ec2: EC2Client) =>
      ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: 'web', SourceVersion: '1', LaunchTemplateData: {} }));
    const made = await Promise.all([...clients, ...clients, ...clients].map(version));
    assert.deepEqual(made.map((each) => each.LaunchTemplateVersion?.VersionNumber).sort(), [2, 3, 4, 5, 6, 7]);
    await clients[1]!.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: 'web' }));
    assert.deepEqual(await gateways.first.state.launchTemplateVersions.all(), []);
  });

  test('a group is not deleted under a launch into it', async () => {
    await using gateways = await start();
    const { first, second, imageId } = gateways;
    for (let i = 0; i < 5; i++) {
      const { GroupId } = await first.ec2.send(new CreateSecurityGroupCommand({ GroupName: `g${String(i)}`, Description: 'g' }));
      const [launch, deletion] = await Promise.allSettled([
        run(second, imageId, { SecurityGroupIds: [GroupId!] }),
        first.ec2.send(new DeleteSecurityGroupCommand({ GroupId })),
      ]);
      assert.notEqual(launch.status, deletion.status);
      const why: unknown = launch.status === 'rejected' ? launch.reason : (deletion as PromiseRejectedResult).reason;
      assert.match((why as Error).name, /^(InvalidGroup\.NotFound|DependencyViolation)$/);
    }
  });

  test('the largest launch, and the most changes of one request, go into one transaction of etcd', async () => {
    await using gateways = await start({ memoryGib: 256 });
    const { first, second, imageId } = gateways;
    const groups: string[] = [];
    for (let i = 0; i < 5; i++)
      groups.push((await first.ec2.send(new CreateSecurityGroupCommand({ GroupName: `g${String(i)}`, Description: 'g' }))).GroupId!);
    const InstanceIds: string[] = [];
    for (let i = 0; i < 5; i++) {
      const launched = await run(second, imageId, { MinCount: 20, MaxCount: 20, SecurityGroupIds: groups, ClientToken: `t${String(i)}` });
      InstanceIds.push(...launched.map((each) => each.InstanceId!));
    }
    assert.equal(InstanceIds.length, 100);
    const Tags = [{ Key: 'k', Value: 'v' }];
    await first.ec2.send(new CreateTagsCommand({ Resources: InstanceIds, Tags }));
    await assert.rejects(first.ec2.send(new CreateTagsCommand({ Resources: [...InstanceIds, groups[0]!], Tags })), {
      name: 'InvalidParameterValue',
    });
    await first.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await waitUntilInstanceTerminated(waiter(second.ec2), { InstanceIds });
  });
});
