import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import dnsPacket from 'dns-packet';
import { command, ipBatch } from './commands.ts';
import type { InstanceNetwork } from './instance-network.ts';
import { networkNames } from './names.ts';
import { startGuest } from './testing/guest.ts';
import type { Guest } from './testing/guest.ts';
import { NO_NETWORK, openKernelNetwork, remainsOf } from './testing/kernel-network.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

const NODE_ID = 'traffic';
const run = promisify(execFile);

/** A resolver of the world that knows one name. */
async function startResolver(): Promise<DatagramSocket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const query = dnsPacket.decode(message);
    const answers = (query.questions ?? []).map(({ name }) => ({ name, type: 'A' as const, ttl: 5, data: '203.0.113.80' }));
    socket.send(
      dnsPacket.encode({ type: 'response', id: query.id ?? 0, questions: query.questions ?? [], answers }),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

describe('traffic of instances', { skip: NO_NETWORK }, () => {
  const { router } = networkNames(NODE_ID);
  const world = `${router}-w`;
  let network: InstanceNetwork;
  let gateway: Server;
  let resolver: DatagramSocket;
  let [one, two, host]: Guest[] = [];
  let oneSpace = '';
  let publicAddress = '';

  before(async () => {
    gateway = createServer((socket) => socket.on('error', () => {}).end('the store\n')).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    resolver = await startResolver();
    network = await openKernelNetwork({
      nodeId: NODE_ID,
      endpoint: { name: 'pilvi.internal', port: 9000, connect: () => connect((gateway.address() as AddressInfo).port, '127.0.0.1') },
      resolvers: async () => [`127.0.0.1:${resolver.address().port}`],
    });
    publicAddress = network.publicCidr.replace('0.0/16', '0.5');
    await network.putSecurityGroup(sampleGroup('sg-web', 1n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']));
    const first = await network.attach(sampleAttachment(5, ['sg-web'], { publicAddress, networkBitsPerSecond: 50_000_000n }));
    const second = await network.attach(sampleAttachment(6, ['sg-web'], { hopLimit: 2 }));
    oneSpace = basename(first.namespacePath);
    [one, two, host] = [startGuest(first.namespacePath), startGuest(second.namespacePath), startGuest()];
    for (const guest of [one, two]) for (const port of [80, 81]) await guest.listen('tcp', port);
  });
  after(async () => {
    for (const guest of [one, two, host]) await guest![Symbol.asyncDispose]();
    await network.close();
    gateway.close();
    resolver.close();
    assert.deepEqual(await remainsOf(NODE_ID), []);
  });

  test('a public address is reached from the host, through the security group', async () => {
    assert.match(await host!.reach('tcp', publicAddress, 80), /^169\.254\.201\./);
    assert.equal(await host!.attempt('tcp', publicAddress, 81), 'timeout');
    await network.putSecurityGroup(sampleGroup('sg-web', 2n, ['in tcp 81 127.0.0.0/8', 'out -1 0.0.0.0/0']));
    await host!.reach('tcp', publicAddress, 81);
    assert.equal(await host!.attempt('tcp', publicAddress, 80), 'timeout');
    await network.putSecurityGroup(sampleGroup('sg-web', 3n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']));
  });

  test('a connection that is established goes on when its rule is gone; a new one is not made', async () => {
    await two!.reach('tcp', '10.201.0.5', 80, { keep: true });
    await network.putSecurityGroup(sampleGroup('sg-web', 4n, ['out -1 0.0.0.0/0']));
    assert.equal(await two!.attempt('tcp', '10.201.0.5', 80), 'timeout');
    assert.equal(await two!.isHeard(), true);
    await network.putSecurityGroup(sampleGroup('sg-web', 5n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']));
  });

  test('a public address moves to another instance, and comes and goes, while they run', async () => {
    await network.attach(sampleAttachment(5, ['sg-web']));
    assert.equal(await host!.attempt('tcp', publicAddress, 80), 'timeout');
    await network.attach(sampleAttachment(6, ['sg-web'], { publicAddress, hopLimit: 2 }));
    await host!.reach('tcp', publicAddress, 80);
    await network.attach(sampleAttachment(6, ['sg-web'], { hopLimit: 2 }));
    await network.attach(sampleAttachment(5, ['sg-web'], { publicAddress, networkBitsPerSecond: 50_000_000n }));
    await host!.reach('tcp', publicAddress, 80);
  });

  test('our own API is reached by name, as far as the group lets go out', async () => {
    assert.equal(await one!.reach('tcp', '169.254.169.252', 9000), 'the store');
    await network.putSecurityGroup(sampleGroup('sg-web', 6n, ['in tcp 80 0.0.0.0/0', 'out tcp 80 0.0.0.0/0']));
    assert.equal(await one!.attempt('tcp', '169.254.169.252', 9000), 'timeout');
    await network.putSecurityGroup(sampleGroup('sg-web', 7n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']));
  });

  test('names: of instances, of our API, of the world; by UDP and TCP', async () => {
    const script = `
      const { Resolver } = require('node:dns').promises;
      (async () => {
        const resolver = new Resolver({ timeout: 5000, tries: 2 });
        resolver.setServers(['10.201.0.2']);
        const ask = (kind, name) => resolver[kind](name).catch((error) => error.code);
        console.log(JSON.stringify([
          await ask('resolve4', 'ip-10-201-0-6.ec2.internal'),
          await ask('resolve4', 'bucket.pilvi.internal'),
          await ask('resolve4', 'www.example.org'),
          await ask('resolve4', 'ip-10-99-0-6.ec2.internal'),
          await ask('resolve6', 'pilvi.internal'),
          await ask('reverse', '10.201.0.6'),
        ]));
      })();`;
    const { stdout } = await run('ip', ['netns', 'exec', oneSpace, process.execPath, '-e', script]);
    assert.deepEqual(JSON.parse(stdout), [
      ['10.201.0.6'],
      ['169.254.169.252'],
      ['203.0.113.80'],
      'ENOTFOUND',
      'ENODATA',
      ['ip-10-201-0-6.ec2.internal'],
    ]);
    const query = dnsPacket
      .streamEncode({ type: 'query', id: 7, questions: [{ name: 'ip-10-201-0-5.ec2.internal', type: 'A' }] })
      .toString('hex');
    const overTcp = `
      const socket = require('node:net').connect(53, '10.201.0.2');
      socket.write(Buffer.from('${query}', 'hex'));
      socket.on('data', (data) => { console.log(data.toString('hex')); socket.destroy(); });`;
    const answer = await run('ip', ['netns', 'exec', oneSpace, process.execPath, '-e', overTcp]);
    const [found] = dnsPacket.streamDecode(Buffer.from(answer.stdout.trim(), 'hex')).answers ?? [];
    assert.equal(found?.type === 'A' && found.data, '10.201.0.5');
  });

  test('the metadata service knows who asks, and its answers die after as many hops as the instance allows', async () => {
    const server = createHttpServer((request, response) => response.end(request.socket.remoteAddress));
    network.serveMetadata(server);
    const ask = async (space: string): Promise<string> =>
      (await run('ip', ['netns', 'exec', space, 'curl', '-sS', '-m', '10', 'http://169.254.169.254/'])).stdout;
    const twoSpace = oneSpace.replace(/5$/, '6');
    assert.equal(await ask(oneSpace), '10.201.0.5');
    assert.equal(await ask(twoSpace), '10.201.0.6');
    // A container inside of the instance is one hop further.
    for (const [space, isReached] of [
      [oneSpace, false],
      [twoSpace, true],
    ] as const) {
      const inner = `${router}-c`;
      await ipBatch([`netns add ${inner}`]);
      try {
        await ipBatch([`link add c0 type veth peer name eth0 netns ${inner}`, 'addr add 172.31.255.1/30 dev c0', 'link set c0 up'], space);
        await ipBatch(['addr add 172.31.255.2/30 dev eth0', 'link set eth0 up', 'route add default via 172.31.255.1'], inner);
        await command('ip', [
          'netns',
          'exec',
          space,
          'sh',
          '-ec',
          'echo 1 > /proc/sys/net/ipv4/ip_forward; nft add table ip t; nft "add chain ip t p { type nat hook postrouting priority 100; }"; nft add rule ip t p oifname eth0 masquerade',
        ]);
        const asked = run('ip', ['netns', 'exec', inner, 'curl', '-sS', '-m', isReached ? '10' : '1', 'http://169.254.169.254/']);
        if (isReached) assert.equal((await asked).stdout, '10.201.0.6');
        else await assert.rejects(asked);
      } finally {
        await ipBatch(['link delete c0'], space);
        await ipBatch([`netns delete ${inner}`]);
      }
    }
    server.close();
  });

  test('the world is reached under the host’s address, by the host’s way out only', async () => {
    const link = world.slice(-15);
    await ipBatch([`netns add ${world}`, `link add ${link} type veth peer name eth0 netns ${world}`]);
    try {
      await ipBatch([`addr add 198.51.100.5/30 dev ${link}`, `link set ${link} up`, `route add 203.0.113.0/24 via 198.51.100.6`]);
      await ipBatch(['link set lo up', 'link set eth0 up', 'addr add 198.51.100.6/30 dev eth0', 'addr add 203.0.113.80/32 dev lo'], world);
      await using server = startGuest(world);
      await server.listen('tcp', 443);
      assert.equal(await one!.attempt('tcp', '203.0.113.80', 443), 'timeout');
      // A second default route makes this link a way out; what the host itself uses is the first.
      await ipBatch([`route add default via 198.51.100.6 dev ${link} metric 9999`]);
      await network.refresh();
      assert.equal(await one!.reach('tcp', '203.0.113.80', 443), '198.51.100.5');
      assert.equal(await one!.attempt('tcp', '198.51.100.6', 443), 'timeout');
    } finally {
      await ipBatch([`link delete ${link}`, `netns delete ${world}`]);
    }
  });

  test('its speed is limited in both directions', async () => {
    const inside = await command('tc', ['-n', oneSpace, 'qdisc', 'show', 'dev', 'eth0']);
    const outside = await command('tc', ['-n', router, 'qdisc', 'show', 'dev', 'v00000000000005']);
    for (const text of [inside, outside]) assert.match(text, /tbf .*rate 50Mbit/);
  });

  test('what an earlier process left goes on: connections, addresses and rules; what nobody wants is removed', async () => {
    await two!.reach('tcp', '10.201.0.5', 80, { keep: true });
    const kept = [sampleAttachment(5, ['sg-web'], { publicAddress }), sampleAttachment(6, ['sg-web'], { hopLimit: 2 })];
    await network.attach(sampleAttachment(8, ['sg-web']));
    await network.leave();
    const group = sampleGroup('sg-web', 8n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']);
    const { publicCidr } = network;
    network = await openKernelNetwork({ nodeId: NODE_ID, adopt: { attachments: kept, securityGroups: [group] } });
    assert.equal(network.publicCidr, publicCidr);
    assert.equal(await two!.isHeard(), true);
    await one!.reach('tcp', '10.201.0.6', 80);
    await host!.reach('tcp', publicAddress, 80);
    assert.ok(!(await command('ip', ['netns', 'list'])).includes(`${router}-i-00000000000000008`));
    assert.notEqual(network.problem('i-00000000000000008'), '');
  });
});

test('two nodes on one host have ranges of their own, and a range that is taken is refused', { skip: NO_NETWORK }, async () => {
  await using first = await openKernelNetwork({ nodeId: 'twin-1', publicCidr: '127.250.0.0/16' });
  await assert.rejects(openKernelNetwork({ nodeId: 'twin-2', publicCidr: '127.250.0.0/16' }), { code: 'in-use' });
  assert.deepEqual(await remainsOf('twin-2'), []);
  await using second = await openKernelNetwork({ nodeId: 'twin-2', preferredPublicCidr: '127.250.0.0/16' });
  assert.notEqual(second.publicCidr, first.publicCidr);
  // The same addresses in both: they do not know of each other.
  for (const network of [first, second]) {
    await network.putSecurityGroup(sampleGroup('sg-web', 1n, ['in tcp 80 0.0.0.0/0', 'out -1 0.0.0.0/0']));
  }
  const spaces = await Promise.all(
    [first, second].map((network) =>
      network.attach(sampleAttachment(5, ['sg-web'], { publicAddress: network.publicCidr.replace('0.0/16', '0.5') })),
    ),
  );
  await using host = startGuest();
  for (const [index, { namespacePath }] of spaces.entries()) {
    await using guest = startGuest(namespacePath);
    await guest.listen('tcp', 80);
    await host.reach('tcp', [first, second][index]!.publicCidr.replace('0.0/16', '0.5'), 80);
  }
});
