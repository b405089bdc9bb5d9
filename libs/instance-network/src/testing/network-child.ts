// A node's network in a process of its own. "hold NODE": attaches instance 5 and waits to be killed. "visit NODE": opens, attaches, closes, and says what the
// host's forwarding was before, meanwhile and afterwards.
import { readFile } from 'node:fs/promises';
import { openKernelNetwork, remainsOf } from './kernel-network.ts';
import { sampleAttachment, sampleGroup } from './sample-network.ts';

const [, , command, nodeId] = process.argv as [string, string, 'hold' | 'visit', string];
const forwarding = async (): Promise<string> => (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim();

const before = await forwarding();
const network = await openKernelNetwork({ nodeId });
await network.putSecurityGroup(sampleGroup('sg-open', 1n, ['in -1 0.0.0.0/0', 'out -1 0.0.0.0/0']));
await network.attach(sampleAttachment(5, ['sg-open'], { publicAddress: network.publicCidr.replace('0.0/16', '0.5') }));
const meanwhile = await forwarding();
if (command === 'hold') process.stdout.write(`${network.publicCidr}\n`);
else {
  await network.close();
  process.stdout.write(JSON.stringify({ before, meanwhile, after: await forwarding(), remains: await remainsOf(nodeId) }));
}
