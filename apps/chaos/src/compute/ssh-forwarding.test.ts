import { AuthorizeSecurityGroupIngressCommand, CreateKeyPairCommand } from '@aws-sdk/client-ec2';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, startCluster } from '../cluster.ts';
import { COMPUTE_ENV, computeClient, launchBusybox, whyNoInstances } from './busybox-instance.ts';

/** The time-out only ends what hangs. */
const PATIENCE_MS = 60_000;
const AGAIN_AFTER_MS = 200;
/** For nobody but the instance itself. */
const PAGE = `#!/bin/sh
mkdir -p /srv
echo only inside > /srv/index.html
httpd -p 127.0.0.1:8000 -h /srv
`;

const lacks = ['ssh', 'scp'].filter((program) => spawnSync(program).error !== undefined);
const skip = lacks.length > 0 && `NOT TRIED: this machine lacks ${lacks.join(' and ')} (Debian package openssh-client)`;

test('a key pair of EC2 forwards a port and copies a file into a running instance', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-ssh-'));
  await using cluster = await startCluster({ env: COMPUTE_ENV });
  try {
    const reason = await whyNoInstances(cluster);
    if (reason !== '') {
      t.skip(`NOT TRIED: ${reason}`);
      return;
    }
    const ec2 = computeClient(cluster);
    const { KeyMaterial } = await ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', KeyType: 'ed25519' }));
    const identity = join(directory, 'id');
    await writeFile(identity, KeyMaterial!, { mode: 0o600 });
    const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupName: 'default', IpPermissions: [rule] }));
    const instance = await launchBusybox(ec2, PAGE, { KeyName: 'mine' });
    const options = ['-F', 'none', '-i', identity, '-o', `UserKnownHostsFile=${join(directory, 'known')}`];
    options.push('-o', 'StrictHostKeyChecking=accept-new', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes');
    const there = `root@${instance.PublicIpAddress!}`;

    const port = await freePorts(1);
    const forwarding = keepForwarding([...options, '-N', '-L', `${port}:127.0.0.1:8000`, there]);
    try {
      assert.equal(await untilServed(port), 'only inside\n');
    } finally {
      await forwarding.stop();
    }

    const [sent, back] = [join(directory, 'sent'), join(directory, 'back')];
    await writeFile(sent, randomBytes(300_000));
    for (const [from, to] of [
      [sent, `${there}:/root/copy`],
      [`${there}:/root/copy`, back],
    ])
      assert.equal(spawnSync('scp', [...options, '-q', from!, to!], { timeout: PATIENCE_MS }).status, 0);
    assert.deepEqual(await readFile(back), await readFile(sent));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** Begins again when ssh ends: what is asked of a group takes a moment, and so does the door of an instance that has just begun. */
function keepForwarding(args: readonly string[]): { stop(): Promise<void> } {
  let stopped = false;
  let child: ChildProcess;
  const running = (async () => {
    while (!stopped) {
      child = spawn('ssh', args, { stdio: 'ignore' });
      await once(child, 'exit');
      await sleep(AGAIN_AFTER_MS);
    }
  })();
  return {
    async stop() {
      stopped = true;
      child.kill();
      await running;
    },
  };
}

async function untilServed(port: number): Promise<string> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const page = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
      (answer) => answer.text(),
      () => undefined,
    );
    if (page !== undefined) return page;
    if (Date.now() > untilMs) throw new Error('nothing is served at the forwarded port');
    await sleep(AGAIN_AFTER_MS);
  }
}
