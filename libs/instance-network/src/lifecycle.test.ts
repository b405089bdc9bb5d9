import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { instanceNamespace, namespacePath, networkNames } from './names.ts';
import { startGuest } from './testing/guest.ts';
import { NO_NETWORK, openKernelNetwork, remainsOf } from './testing/kernel-network.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('testing/network-child.ts', import.meta.url));

describe('a node’s network', { skip: NO_NETWORK }, () => {
  test('outlives kill -9: instances go on without it, and the next process takes them over', async () => {
    const nodeId = 'killed';
    const child = spawn(process.execPath, [CHILD, 'hold', nodeId], { stdio: ['ignore', 'pipe', 'inherit'] });
    const publicCidr = String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim();
    const publicAddress = publicCidr.replace('0.0/16', '0.5');
    await using guest = startGuest(namespacePath(instanceNamespace(networkNames(nodeId), 'i-00000000000000005')));
    await using host = startGuest();
    await guest.listen('tcp', 80);
    await host.reach('tcp', publicAddress, 80, { keep: true });
    child.kill('SIGKILL');
    await once(child, 'exit');

    assert.equal(await host.isHeard(), true);
    await host.reach('tcp', publicAddress, 80);
    assert.equal(await guest.attempt('udp', '10.201.0.2', 53), 'timeout', 'who asks for a name asks again, and is not refused');
    const group = sampleGroup('sg-open', 1n, ['in -1 0.0.0.0/0', 'out -1 0.0.0.0/0']);
    const network = await openKernelNetwork({
      nodeId,
      adopt: { attachments: [sampleAttachment(5, ['sg-open'], { publicAddress })], securityGroups: [group] },
    });
    assert.equal(network.publicCidr, publicCidr);
    assert.equal(await host.isHeard(), true);
    await host.reach('tcp', publicAddress, 80);
    await network.close();
    assert.deepEqual(await remainsOf(nodeId), []);
  });

  // A machine of its own, as far as its network goes.
  const visit = async (preparation: string): Promise<unknown> =>
    JSON.parse(
      (
        await run('unshare', [
          '--net',
          '--mount',
          'sh',
          '-ec',
          `ip link set lo up; ${preparation}; exec "$0" "$1" visit visitor`,
          process.execPath,
          CHILD,
        ])
      ).stdout,
    );

  test('turns forwarding on, and off again if it was off', async () => {
    assert.deepEqual(await visit('echo 0 > /proc/sys/net/ipv4/ip_forward'), { before: '0', meanwhile: '1', after: '0', remains: [] });
    assert.deepEqual(await visit('echo 1 > /proc/sys/net/ipv4/ip_forward'), { before: '1', meanwhile: '1', after: '1', remains: [] });
  });

  test('is content with a read-only /proc/sys, as containers have it', async () => {
    const readOnly = 'echo 0 > /proc/sys/net/ipv4/ip_forward; mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys';
    assert.deepEqual(await visit(readOnly), { before: '0', meanwhile: '1', after: '0', remains: [] });
  });
});
