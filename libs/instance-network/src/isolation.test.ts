import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ipBatch, ipQuery } from './commands.ts';
import type { InstanceNetwork } from './instance-network.ts';
import { networkNames } from './names.ts';
import { startGuest } from './testing/guest.ts';
import type { Guest } from './testing/guest.ts';
import { NO_NETWORK, openKernelNetwork, remainsOf } from './testing/kernel-network.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

const NODE_ID = 'isolation';
const run = promisify(execFile);

describe('an instance, from inside', { skip: NO_NETWORK }, () => {
  const { router, uplink } = networkNames(NODE_ID);
  let network: InstanceNetwork;
  let mallory: Guest;
  let victim: Guest;
  let host: Guest;
  let [mallorySpace, victimSpace] = ['', ''];

  before(async () => {
    network = await openKernelNetwork({ nodeId: NODE_ID });
    await network.putSecurityGroup(sampleGroup('sg-open', 1n, ['in -1 0.0.0.0/0', 'out -1 0.0.0.0/0']));
    await network.putSecurityGroup(sampleGroup('sg-five', 1n, ['in -1 10.201.0.5/32', 'in -1 10.201.0.7/32', 'out -1 0.0.0.0/0']));
    [mallorySpace, victimSpace] = (await Promise.all(
      [sampleAttachment(5, ['sg-open']), sampleAttachment(6, ['sg-five'])].map(async (attachment) =>
        basename((await network.attach(attachment)).namespacePath),
      ),
    )) as [string, string];
    [mallory, victim] = [startGuest(mallorySpace), startGuest(victimSpace)];
    host = startGuest();
    await victim.listen('tcp', 80);
    await victim.listen('udp', 53);
  });
  after(async () => {
    await mallory[Symbol.asyncDispose]();
    await victim[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    await network.close();
    assert.deepEqual(await remainsOf(NODE_ID), []);
  });

  test('is seen under its own address, on low ports too', async () => {
    assert.equal(await mallory.reach('tcp', '10.201.0.6', 80), '10.201.0.5');
    assert.equal(await mallory.reach('udp', '10.201.0.6', 53), '10.201.0.5');
  });

  test('cannot speak with another address, whether it is somebody’s or nobody’s', async () => {
    // What root inside could not do, for want of power over its namespace: the rules hold even so.
    for (const address of ['10.201.0.7', '10.202.0.1', '203.0.113.9', '169.254.201.1']) {
      await ipBatch([`addr add ${address}/32 dev eth0`], mallorySpace);
      assert.equal(await mallory.attempt('tcp', '10.201.0.6', 80, { localAddress: address }), 'timeout', address);
      await ipBatch([`addr del ${address}/32 dev eth0`], mallorySpace);
    }
    assert.equal(await mallory.reach('tcp', '10.201.0.6', 80), '10.201.0.5');
  });

  test('cannot speak with another MAC', async () => {
    // With its MAC, the kernel forgets its neighbour.
    const become = (mac: string): Promise<string> =>
      ipBatch([`link set eth0 address ${mac}`, 'neigh replace 10.201.0.1 lladdr 02:00:5e:00:00:01 dev eth0 nud permanent'], mallorySpace);
    await become('02:00:00:00:00:06');
    assert.equal(await mallory.attempt('tcp', '10.201.0.6', 80), 'timeout');
    await become('02:00:00:00:00:05');
    assert.equal(await mallory.reach('tcp', '10.201.0.6', 80), '10.201.0.5');
  });

  test('is not believed when it claims an address by ARP', async () => {
    const neighbours = async (): Promise<unknown> =>
      (await ipQuery<{ dst: string; dev: string; lladdr: string }>(['neigh', 'show'], router)).filter(({ dev }) => dev !== 'uplink0');
    const before = await neighbours();
    // The same claims as arping -U makes: request and reply, to all and to the router.
    const claim = `
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth0', 0))
me, router, ip = bytes.fromhex('020000000005'), bytes.fromhex('02005e000001'), socket.inet_aton
for op in (1, 2):
  for to in (b'\\xff' * 6, router):
    for about in ('10.201.0.6', '10.201.0.1'):
      s.send(to + me + struct.pack('!HHHBBH', 0x806, 1, 0x800, 6, 4, op) + me + ip('10.201.0.6') + bytes(6) + ip(about))`;
    await run('ip', ['netns', 'exec', mallorySpace, '/usr/bin/python3', '-c', claim]);
    assert.deepEqual(await neighbours(), before);
    assert.equal(await mallory.reach('tcp', '10.201.0.6', 80), '10.201.0.5');
  });

  test('does not reach the host, by any of its addresses', async () => {
    await using server = createServer((socket) => socket.end('host')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const links = await ipQuery<{ ifname: string; addr_info: { family: string; local: string }[] }>(['address', 'show']);
    const addresses = links.flatMap(({ addr_info }) => addr_info.filter(({ family }) => family === 'inet').map(({ local }) => local));
    assert.ok(addresses.some((address) => address.startsWith('169.254.201.')));
    for (const address of addresses.slice(0, 8))
      assert.equal(await mallory.attempt('tcp', address, port), address.startsWith('127.') ? 'refused' : 'timeout', address);
  });

  test('does not reach networks that the host is part of, other than by its way out', async () => {
    const neighbour = `${router}-n`;
    await ipBatch([`netns add ${neighbour}`, `link add ${neighbour.slice(-15)} type veth peer name eth0 netns ${neighbour}`]);
    await ipBatch([`addr add 198.51.100.1/30 dev ${neighbour.slice(-15)}`, `link set ${neighbour.slice(-15)} up`]);
    await ipBatch(['link set eth0 up', 'addr add 198.51.100.2/30 dev eth0', 'route add default via 198.51.100.1'], neighbour);
    const container = startGuest(neighbour);
    try {
      await container.listen('tcp', 80);
      assert.equal(await host.reach('tcp', '198.51.100.2', 80), '198.51.100.1');
      assert.equal(await mallory.attempt('tcp', '198.51.100.2', 80), 'timeout');
      // Nor do they reach instances, or the router, by way of the host.
      await ipBatch([`route add 10.201.0.0/16 via 198.51.100.1`], neighbour);
      assert.equal(await container.attempt('tcp', '10.201.0.6', 80), 'timeout');
      assert.equal(await container.attempt('tcp', '169.254.201.2', 80), 'timeout');
    } finally {
      await container[Symbol.asyncDispose]();
      await ipBatch([`link delete ${neighbour.slice(-15)}`, `netns delete ${neighbour}`]);
    }
  });

  test('finds nothing of the router but what it serves', async () => {
    for (const [address, port] of [
      ['10.201.0.1', 22],
      ['10.201.0.2', 80],
      ['169.254.169.254', 53],
      ['169.254.169.252', 9000],
      ['169.254.201.2', 80],
    ] as const) {
      assert.notEqual(await mallory.attempt('tcp', address, port), 'open', `${address}:${port}`);
    }
  });

  test('gets no route to another VPC address, or to the loopback of the host', async () => {
    assert.notEqual(await mallory.attempt('tcp', '10.201.9.9', 80), 'open');
    await ipBatch(['route add unicast 127.9.9.9/32 via 10.201.0.1 table local'], mallorySpace);
    const { stdout } = await run('ip', [
      'netns',
      'exec',
      mallorySpace,
      'sh',
      '-c',
      'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip route get 127.9.9.9',
    ]);
    assert.match(stdout, /via 10\.201\.0\.1/);
    assert.equal(await mallory.attempt('tcp', '127.9.9.9', 80), 'timeout');
  });

  test('may ping, without any privilege', async () => {
    const ping = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.settimeout(10)
s.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 1]) + b'ping', ('10.201.0.6', 0)); print(s.recvfrom(64)[1][0])`;
    const { stdout } = await run('ip', [
      'netns',
      'exec',
      mallorySpace,
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '/usr/bin/python3',
      '-c',
      ping,
    ]);
    assert.equal(stdout.trim(), '10.201.0.6');
  });

  test('has no IPv6', async () => {
    const { stdout } = await run('ip', ['-n', mallorySpace, '-6', 'address', 'show']);
    assert.equal(stdout.trim(), '');
  });

  test('root in a user namespace of its own has no power over its network', async () => {
    const inside = ['netns', 'exec', mallorySpace, 'unshare', '--user', '--map-root-user', '--mount'];
    const attempts = [
      ['ip', 'addr', 'add', '10.201.0.77/32', 'dev', 'eth0'],
      ['ip', 'link', 'set', 'eth0', 'down'],
      ['ip', 'route', 'add', '192.0.2.0/24', 'via', '10.201.0.1'],
      ['nft', 'list', 'ruleset'],
      ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'],
      ['/usr/bin/python3', '-c', 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'],
      ['/usr/bin/python3', '-c', 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'],
    ];
    for (const attempt of attempts) await assert.rejects(run('ip', [...inside, ...attempt]), attempt.join(' '));
    // And the same is allowed to be there at all.
    await run('ip', [...inside, 'ip', 'addr', 'show', 'eth0']);
  });

  test('a host that is asked as a router for the loopback range refuses', async () => {
    assert.equal(await mallory.attempt('tcp', network.publicCidr.replace('0.0/16', '0.5'), 80), 'refused');
    assert.notEqual(uplink, '');
  });
});
