// deploy/compute-node.yaml: instances in a cluster of containers, none of them privileged.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeProject } from '../src/compose-project.ts';
import type { ComposeProject } from '../src/compose-project.ts';

const command = process.env['PILVI_COMPOSE'] ?? '';
const skip = command === '' && 'there is no docker compose of version 2';
const HUNG = { timeout: 900_000, skip };
const LOOK_EVERY_MS = 500;
const PATIENCE_SECONDS = 180;
/** It asks the cluster for its health by name, and serves a page. */
const USER_DATA = `#!/bin/sh
mkdir -p /www
echo served by $(hostname) > /www/index.html
wget -q -O - "$AWS_ENDPOINT_URL/_pilvi/health"
echo
httpd -p 80 -h /www
`;
/** Kills what holds a command inside an instance, as a terminal's hanging up does; fails while there is none. */
const KILL_HOLDER = `killed=1
for each in /proc/[0-9]*; do
  [ "$(cat $each/comm)" = sleep ] && grep -q 100000 $each/cmdline && kill -KILL $(sed -n 's/^PPid:.//p' $each/status) && killed=0
done
exit $killed`;

let project: ComposeProject | undefined;
let client: EC2Client;
let instance: Instance;
let key: string;

before(async () => {
  if (skip !== false) return;
  project = await composeProject(command, ['compute-node.yaml']);
  await project.run('up', '--wait');
  client = new EC2Client({ endpoint: project.http, region: 'us-east-1', credentials: await project.credentials() });
}, HUNG);

after(async () => {
  // Also when it did not come up.
  await project?.[Symbol.asyncDispose]();
}, HUNG);

test('an instance runs its user-data, and reaches the cluster by name', HUNG, async () => {
  const [image] = await until(async () => {
    const { Images = [] } = await client.send(
      new DescribeImagesCommand({ Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] }),
    );
    return Images.length > 0 ? Images : undefined;
  });
  key = (await client.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }))).KeyMaterial!;
  const { Instances = [] } = await client.send(
    new RunInstancesCommand({
      KeyName: 'mine',
      ImageId: image?.ImageId,
      InstanceType: 't3.nano',
      MinCount: 1,
      MaxCount: 1,
      UserData: Buffer.from(USER_DATA).toString('base64'),
    }),
  );
  instance = Instances[0]!;
  await waitUntilInstanceRunning({ client, maxWaitTime: PATIENCE_SECONDS }, own());
  instance = await look();
  await until(async () => ((await consoleText()).includes('"status":"ok"') ? true : undefined));
});

test('its web server is reached when its security group has a rule for it, and not before', HUNG, async () => {
  assert.equal(await page(), undefined);
  await open(80);
  assert.match(await until(page), /^served by ip-10-201-/);
});

test('by SSH it lets in who has the private key of its key pair', HUNG, async () => {
  await open(22);
  assert.match(await until(() => bySsh('cat /www/index.html; id -u')), /^served by ip-10-201-[^]*\n0\n$/);
});

test(
  'stopped, changed to another type and started it has its root and its private address; its container dies with it, and brings it back',
  HUNG,
  async () => {
    await client.send(new StopInstancesCommand(own()));
    await waitUntilInstanceStopped({ client, maxWaitTime: PATIENCE_SECONDS }, own());
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId: instance.InstanceId, InstanceType: { Value: 't3.micro' } }));
    await client.send(new StartInstancesCommand(own()));
    await waitUntilInstanceRunning({ client, maxWaitTime: PATIENCE_SECONDS }, own());
    const { PrivateIpAddress, InstanceType } = await look();
    assert.deepEqual({ PrivateIpAddress, InstanceType }, { PrivateIpAddress: instance.PrivateIpAddress, InstanceType: 't3.micro' });
    assert.match(await inside('cat', '/www/index.html'), /^served by/);
    await running().run('kill', 'compute-1');
    await running().run('up', '--wait');
    assert.match(await until(() => inside('cat', '/www/index.html').catch(() => undefined)), /^served by/);
  },
);

test('a command inside that has lost its parent does not hold up its end: terminated it leaves nothing on the node', HUNG, async () => {
  const cut = inside('sleep', '100000').catch(() => undefined);
  await until(() =>
    running()
      .run('exec', '-T', 'compute-1', 'sh', '-c', KILL_HOLDER)
      .catch(() => undefined),
  );
  await client.send(new TerminateInstancesCommand(own()));
  await waitUntilInstanceTerminated({ client, maxWaitTime: PATIENCE_SECONDS }, own());
  await cut;
  const left = await running().run('exec', '-T', 'compute-1', 'sh', '-c', `grep ${instance.InstanceId!} /proc/mounts; ip netns list`);
  assert.doesNotMatch(left, new RegExp(instance.InstanceId!));
});

function running(): ComposeProject {
  assert.ok(project !== undefined);
  return project;
}

function own(): { InstanceIds: string[] } {
  return { InstanceIds: [instance.InstanceId!] };
}

async function look(): Promise<Instance> {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand(own()));
  return Reservations[0]!.Instances![0]!;
}

async function consoleText(): Promise<string> {
  const { Output = '' } = await client.send(new GetConsoleOutputCommand({ InstanceId: instance.InstanceId, Latest: true }));
  return Buffer.from(Output, 'base64').toString();
}

/** A command in the instance, by way of a gateway. */
function inside(...words: string[]): Promise<string> {
  return running().run('exec', '-T', 'gateway-1', 'pilvi', 'connect', instance.InstanceId!, '--', ...words);
}

async function open(port: number): Promise<void> {
  const rule = { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: instance.SecurityGroups?.[0]?.GroupId, IpPermissions: [rule] }));
}

/** What the web server serves at the instance's public address; undefined when it is not reached. */
function page(): Promise<string | undefined> {
  return onNode(
    `fetch('http://${instance.PublicIpAddress!}/', { signal: AbortSignal.timeout(3000) }).then(async (answer) => process.stdout.write(await answer.text()))`,
  );
}

/** What a command in the instance prints; undefined when SSH does not let us in. */
function bySsh(words: string): Promise<string | undefined> {
  const there = { host: instance.PublicIpAddress, username: 'root', privateKey: key };
  return onNode(`import('ssh2').then(({ default: { Client } }) => {
    const client = new Client();
    client.on('ready', () => client.exec(${JSON.stringify(words)}, (_, ran) => ran.on('close', () => client.end()).pipe(process.stdout)));
    client.connect(${JSON.stringify(there)});
  })`);
}

/** A program on the node, whose loopback has the public addresses; undefined when it fails. */
function onNode(program: string): Promise<string | undefined> {
  return running()
    .run('exec', '-T', 'compute-1', 'node', '-e', program)
    .catch(() => undefined);
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() < untilMs, 'it comes');
    await sleep(LOOK_EVERY_MS);
  }
}
