import { AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import type { EC2Client, IpPermission } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '../cluster.ts';
import { COMPUTE_ENV, computeClient, launchBusybox, whyNoInstances } from './busybox-instance.ts';
import { openEchoLine } from './echo-line.ts';
import { tracesOf } from './traces.ts';

/** The time-out only ends what hangs. */
const PATIENCE_MS = 60_000;
/** For what should not come. */
const IMPATIENCE_MS = 1_500;
const APPLICATION_PORT = 8080;
const DATABASE_PORT = 5432;
/** In place of a database: it says everything back. */
const DATABASE = `#!/bin/sh
nc -ll -p ${DATABASE_PORT} -e cat
`;
/** Whoever connects to it speaks to the database, through it. */
const application = (database: string): string => `#!/bin/sh
nc -ll -p ${APPLICATION_PORT} -e nc ${database} ${DATABASE_PORT}
`;

test('an application and its database: their groups let these two talk and nobody else, also while the agent is killed', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-two-'));
  const cluster = await startCluster({ dataDir, env: COMPUTE_ENV });
  try {
    const reason = await whyNoInstances(cluster);
    if (reason !== '') {
      t.skip(`NOT TRIED: ${reason}`);
      return;
    }
    const ec2 = computeClient(cluster);
    const world = { IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const app = await createGroup(ec2, 'app', APPLICATION_PORT, world);
    const stranger = await createGroup(ec2, 'stranger', APPLICATION_PORT, world);
    const db = await createGroup(ec2, 'db', DATABASE_PORT, { UserIdGroupPairs: [{ GroupId: app }] });
    const database = await launchBusybox(ec2, DATABASE, { SecurityGroupIds: [db] });
    const first = await launchBusybox(ec2, application(database.PrivateIpAddress!), { SecurityGroupIds: [app] });
    const third = await launchBusybox(ec2, application(database.PrivateIpAddress!), { SecurityGroupIds: [stranger] });

    using line = await openEchoLine(first.PublicIpAddress!, APPLICATION_PORT, PATIENCE_MS);
    await line.say('the application reaches its database', PATIENCE_MS);
    await assert.rejects(openEchoLine(database.PublicIpAddress!, DATABASE_PORT, IMPATIENCE_MS), /nothing listens/);
    using fromOutside = await openEchoLine(third.PublicIpAddress!, APPLICATION_PORT, PATIENCE_MS);
    await assert.rejects(fromOutside.say('a stranger does not', IMPATIENCE_MS), /was not said back/);

    // A member is let in at once, and who is none any more makes no new connection.
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: third.InstanceId!, Groups: [app, stranger] }));
    await until(true, third.PublicIpAddress!);
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: third.InstanceId!, Groups: [stranger] }));
    await until(false, third.PublicIpAddress!);

    assert.ok(await cluster.kill('compute-1'));
    await line.say('the same connection goes on', PATIENCE_MS);
    await until(true, first.PublicIpAddress!);

    // The node is on its way back, and has three instances to end.
    for (const untilMs = Date.now() + PATIENCE_MS; !(await cluster.kill('compute-1'));)
      assert.ok(Date.now() < untilMs, 'it is started again');
    await cluster.stop();
    assert.deepEqual(tracesOf(dataDir, 'compute-1'), [], 'a graceful end leaves nothing on the machine');
  } finally {
    await cluster[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
});

async function createGroup(ec2: EC2Client, name: string, port: number, peer: IpPermission): Promise<string> {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name }));
  const rule = { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: GroupId!, IpPermissions: [rule] }));
  return GroupId!;
}

/** By new connections, each of which gets a short while, until it is as expected: what is asked of a group takes a moment. */
async function until(isReached: boolean, address: string): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS;
  while (Date.now() < untilMs) {
    using line = await openEchoLine(address, APPLICATION_PORT, PATIENCE_MS);
    const isSaidBack = await line.say('is the database there?', IMPATIENCE_MS).then(
      () => true,
      () => false,
    );
    if (isSaidBack === isReached) return;
  }
  throw new Error(`the database is ${isReached ? 'not ' : ''}reached through ${address}`);
}
