import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthDocument } from '@pilvi/admin-api';
import { endAtOnce, startCluster } from '../cluster.ts';
import type { Cluster } from '../cluster.ts';
import { openEchoLine } from './echo-line.ts';
import { tracesOf } from './traces.ts';

/** The time-outs only end what hangs. */
const PATIENCE_MS = 60_000;
const ECHO_PORT = 7;
/** One storage node and few partitions: it is not the store that is tried. */
const ENV = { PILVI_COMPUTE_NODES: '1', PILVI_STORAGE_NODES: '1', PILVI_PARTITIONS: '8' };
const USER_DATA = `#!/bin/sh
echo begun >> /root/begun
nc -ll -p ${ECHO_PORT} -e cat
`;

test('instances outlive the agent, the gateway and the whole cluster; a graceful end takes them down, and the next start brings them back', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-i-'));
  let cluster = await startCluster({ dataDir, env: ENV });
  try {
    const reason = await whyNoInstances(cluster);
    if (reason !== '') {
      t.skip(`NOT TRIED: ${reason}`);
      return;
    }
    const ec2 = clientOf(cluster);
    const { InstanceId: id, PrivateIpAddress: privateAddress, PublicIpAddress: address } = await launch(ec2);
    using line = await openEchoLine(address!, ECHO_PORT, PATIENCE_MS);
    await line.say('before', PATIENCE_MS);
    const pid = await firstProcess(cluster, id!);

    for (const name of ['compute-1', 'gateway-1']) {
      assert.ok(await cluster.kill(name));
      await line.say(`${name} is killed`, PATIENCE_MS);
    }
    await untilState(ec2, id!, 'running');
    assert.equal(await firstProcess(cluster, id!), pid);

    await endAtOnce([...(await cluster.pids()), (await cluster.pid('compute-1'))!]);
    await line.say('nothing of the cluster runs', PATIENCE_MS);
    cluster = await startCluster({ dataDir, port: cluster.port, env: ENV });
    await untilState(ec2, id!, 'running');
    assert.equal(await firstProcess(cluster, id!), pid);
    await line.say('found again', PATIENCE_MS);

    await cluster.stop();
    assert.deepEqual(tracesOf(dataDir, 'compute-1'), [], 'a graceful end leaves nothing on the machine');
    await assert.rejects(line.say('stopped', PATIENCE_MS));

    cluster = await startCluster({ dataDir, port: cluster.port, env: ENV });
    const back = await untilState(ec2, id!, 'running');
    const nextPid = await firstProcess(cluster, id!);
    assert.notEqual(nextPid, pid);
    assert.deepEqual([back.PrivateIpAddress, back.PublicIpAddress], [privateAddress, address]);
    assert.equal(await readFile(`/proc/${nextPid}/root/root/begun`, 'utf8'), 'begun\n', 'the same root, and user-data ran once');
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id!] }));
    await untilState(ec2, id!, 'terminated');
    await cluster.stop();
    assert.deepEqual(tracesOf(dataDir, 'compute-1'), []);
  } finally {
    await cluster[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
});

function clientOf({ endpoint, credentials }: Cluster): EC2Client {
  return new EC2Client({ endpoint, credentials, region: 'us-east-1', maxAttempts: 10 });
}

/** Empty when they can be run; the node has a moment to call. */
async function whyNoInstances({ endpoint }: Cluster): Promise<string> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { compute } = (await (await fetch(`${endpoint}/_pilvi/health`)).json()) as HealthDocument;
    if (compute.nodes > 0 || Date.now() > untilMs) return compute.reason;
    await sleep(50);
  }
}

/** A busybox instance that listens, and anyone may connect to. Its first process has begun. */
async function launch(ec2: EC2Client): Promise<Instance> {
  const anyone = { IpProtocol: 'tcp', FromPort: ECHO_PORT, ToPort: ECHO_PORT, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupName: 'default', IpPermissions: [anyone] }));
  const named = { Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['*busybox*'] }] };
  const ImageId = (await ec2.send(new DescribeImagesCommand(named))).Images?.[0]?.ImageId;
  const wish = { ImageId, MinCount: 1, MaxCount: 1, UserData: Buffer.from(USER_DATA).toString('base64') };
  const { Instances } = await ec2.send(new RunInstancesCommand({ ...wish, InstanceType: 't3.nano' }));
  return untilState(ec2, Instances![0]!.InstanceId!, 'running');
}

async function untilState(ec2: EC2Client, id: string, state: string): Promise<Instance> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    const instance = Reservations?.[0]?.Instances?.[0];
    if (instance?.State?.Name === state) return instance;
    if (Date.now() > untilMs) throw new Error(`${id} is ${instance?.State?.Name}, not ${state}: ${instance?.StateReason?.Message}`);
    await sleep(100);
  }
}

/** As this machine numbers it. */
async function firstProcess({ dataDir }: Cluster, id: string): Promise<number> {
  return Number(await readFile(join(dataDir, 'compute-1', 'driver', 'tasks', id, 'pid'), 'utf8'));
}
