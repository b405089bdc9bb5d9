// The all-in-one image with instances: as README.md starts it, and as it is without what they take.
import { DescribeImagesCommand, EC2Client, RunInstancesCommand, waitUntilInstanceRunning } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HUNG = { timeout: 600_000 };
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 180_000;
/** Of README.md, "In one container". */
const WHAT_INSTANCES_TAKE = [
  ...['--user', 'root', '--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN'],
  ...['--security-opt', 'apparmor=unconfined', '--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined'],
  ...['--device', '/dev/loop-control', '--device-cgroup-rule', 'b 7:* rmw', '--stop-timeout', '240', '--tmpfs', '/run:exec,dev'],
];

interface AllInOne extends AsyncDisposable {
  readonly id: string;
  readonly ec2: EC2Client;
  readonly endpoint: string;
}

async function start(...options: readonly string[]): Promise<AllInOne> {
  const { stdout } = await run('docker', ['run', '--detach', '--publish', '127.0.0.1::9000', ...options, 'pilvi/pilvi:latest']);
  const id = stdout.trim();
  const container = { id, [Symbol.asyncDispose]: async () => void (await run('docker', ['rm', '--force', '--volumes', id])) };
  try {
    const endpoint = `http://${(await run('docker', ['port', id, '9000/tcp'])).stdout.trim()}`;
    await until(async () => (await fetch(`${endpoint}/_pilvi/health`)).ok || undefined);
    const exports = (await run('docker', ['exec', id, 'pilvi', 'env'])).stdout;
    const value = (name: string): string => new RegExp(`^export ${name}=(.*)$`, 'm').exec(exports)?.[1] ?? '';
    const credentials = { accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') };
    return { ...container, endpoint, ec2: new EC2Client({ endpoint, region: 'us-east-1', credentials }) };
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
}

test('an instance runs in the container of a whole store, which ends gracefully', HUNG, async () => {
  await using cloud = await start(...WHAT_INSTANCES_TAKE);
  const ImageId = await until(() => busybox(cloud));
  const { Instances } = await cloud.ec2.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.nano', MinCount: 1, MaxCount: 1 }));
  const InstanceIds = [Instances![0]!.InstanceId!];
  await waitUntilInstanceRunning({ client: cloud.ec2, maxWaitTime: PATIENCE_MS / 1000, minDelay: 1, maxDelay: 1 }, { InstanceIds });
  const { stdout } = await run('docker', ['exec', cloud.id, 'pilvi', 'connect', ...InstanceIds, '--', 'hostname']);
  assert.match(stdout, /^ip-/);
  await run('docker', ['stop', cloud.id]);
  assert.equal((await run('docker', ['inspect', '--format', '{{.State.ExitCode}}', cloud.id])).stdout.trim(), '0');
});

test('without what they take, instances are refused with the reason', HUNG, async () => {
  await using cloud = await start();
  const attempt = cloud.ec2.send(new RunInstancesCommand({ ImageId: 'ami-0123456789abcdef0', MinCount: 1, MaxCount: 1 }));
  await assert.rejects(attempt, { name: 'UnsupportedOperation', message: /not started as root/ });
});

test('a new store has one node, and one that has three keeps them', HUNG, async () => {
  const volume = (await run('docker', ['volume', 'create'])).stdout.trim();
  try {
    const nodes = async (...options: readonly string[]): Promise<number> => {
      await using cloud = await start('--volume', `${volume}:/data`, ...options);
      const { stdout } = await run('docker', ['exec', cloud.id, 'pilvi', 'status', '--json']);
      return (JSON.parse(stdout) as { nodes: readonly unknown[] }).nodes.length;
    };
    assert.equal(await nodes(), 1);
    assert.equal(await nodes('--env', 'PILVI_STORAGE_NODES=3'), 3);
    assert.equal(await nodes(), 3);
  } finally {
    await run('docker', ['volume', 'rm', '--force', volume]);
  }
});

test('as root alone, the reason names what is missing', HUNG, async () => {
  await using cloud = await start('--user', 'root');
  const reason = await until(async () => {
    const { compute } = (await (await fetch(`${cloud.endpoint}/_pilvi/health`)).json()) as { compute: { reason: string } };
    return compute.reason.includes('compute-1') ? compute.reason : undefined;
  });
  assert.match(reason, /^the machine of compute-1 lacks .*CAP_SYS_ADMIN/);
});

async function busybox({ ec2 }: AllInOne): Promise<string | undefined> {
  const named = { Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] };
  return (await ec2.send(new DescribeImagesCommand(named))).Images?.[0]?.ImageId;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > untilMs) throw new Error('it never came');
    await sleep(LOOK_EVERY_MS);
  }
}
