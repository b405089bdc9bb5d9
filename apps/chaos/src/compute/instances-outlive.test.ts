import { AuthorizeSecurityGroupIngressCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { EC2Client, Instance } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endAtOnce, startCluster } from '../cluster.ts';
import type { Cluster } from '../cluster.ts';
import { COMPUTE_ENV, computeClient, launchBusybox, untilState, whyNoInstances } from './busybox-instance.ts';
import { openEchoLine } from './echo-line.ts';
import { tracesOf } from './traces.ts';

/** The time-outs only end what hangs. */
const PATIENCE_MS = 60_000;
const ECHO_PORT = 7;
const USER_DATA = `#!/bin/sh
echo begun >> /root/begun
nc -ll -p ${ECHO_PORT} -e cat
`;

test('instances outlive the agent, the gateway and the whole cluster; a graceful end takes them down, and the next start brings them back', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-i-'));
  let cluster = await startCluster({ dataDir, env: COMPUTE_ENV });
  try {
    const reason = await whyNoInstances(cluster);
    if (reason !== '') {
      t.skip(`NOT TRIED: ${reason}`);
      return;
    }
    const ec2 = computeClient(cluster);
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
    cluster = await startCluster({ dataDir, port: cluster.port, env: COMPUTE_ENV });
    await untilState(ec2, id!, 'running');
    assert.equal(await firstProcess(cluster, id!), pid);
    await line.say('found again', PATIENCE_MS);

    await cluster.stop();
    assert.deepEqual(tracesOf(dataDir, 'compute-1'), [], 'a graceful end leaves nothing on the machine');
    await assert.rejects(line.say('stopped', PATIENCE_MS));

    cluster = await startCluster({ dataDir, port: cluster.port, env: COMPUTE_ENV });
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

/** A busybox instance that listens, and anyone may connect to. Its first process has begun. */
async function launch(ec2: EC2Client): Promise<Instance> {
  const anyone = { IpProtocol: 'tcp', FromPort: ECHO_PORT, ToPort: ECHO_PORT, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupName: 'default', IpPermissions: [anyone] }));
  return launchBusybox(ec2, USER_DATA);
}

/** As this machine numbers it. */
async function firstProcess({ dataDir }: Cluster, id: string): Promise<number> {
  return Number(await readFile(join(dataDir, 'compute-1', 'driver', 'tasks', id, 'pid'), 'utf8'));
}
