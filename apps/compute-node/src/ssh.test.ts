import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InstanceState, Power } from '@pilvi/contracts/compute/v1/instance';
import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { findTool } from '@pilvi/instance-driver';
import { missingHere } from './missing-here.ts';
import { findLoginUser } from './ssh/login-users.ts';
import { createNodeProcess } from './testing/node-process.ts';
import type { NodeProcess } from './testing/node-process.ts';
import { group, script, wanted } from './testing/wanted-instance.ts';

const missing = [...(await missingHere()), ...(findTool('ssh') === undefined ? ['the program ssh (Debian package openssh-client)'] : [])];
const skip = missing.length > 0 && `NOT TRIED: this machine lacks ${missing.join(', ')}`;
const ID = 'i-0000005a';
/** A page that is served at each boot. */
const SERVICE = [
  'mkdir -p /srv /etc/rc2.d; echo hello > /srv/index.html',
  `printf '#!/bin/sh\\nhttpd -p 127.0.0.1:8000 -h /srv\\n' > /etc/rc2.d/S01page; chmod 755 /etc/rc2.d/S01page; /etc/rc2.d/S01page`,
];
const SSH_RULE = { protocol: 'tcp', fromPort: 22, toPort: 22 };

it('names are those of the image, and those that EC2 uses are root where it has none', () => {
  const passwd = 'root:x:0:0::/home/r:/bin/bash\napp:x:7:8::/srv:/bin/sh\n';
  assert.deepEqual(findLoginUser(passwd, 'app'), { name: 'app', uid: 7, gid: 8, home: '/srv', shell: '/bin/sh', isDefault: false });
  assert.equal(findLoginUser(passwd, 'root')?.home, '/home/r');
  assert.deepEqual(findLoginUser('', 'ec2-user'), { name: 'root', uid: 0, gid: 0, home: '/root', shell: '', isDefault: true });
  assert.equal(findLoginUser(passwd, 'nobody'), undefined);
});

describe('ssh to an instance', { skip }, () => {
  let node: NodeProcess;
  let address: string;
  const key = (name: string): string => join(node.directory, name);
  const options = (name: string): string[] => [
    ...['-i', key(name), '-o', `UserKnownHostsFile=${key('known')}`, '-o', 'StrictHostKeyChecking=accept-new'],
    ...['-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=5', '-F', 'none'],
  ];
  interface Said {
    readonly code: number;
    readonly out: string;
    readonly err: string;
  }
  const run = (program: string, args: readonly string[], input = ''): Promise<Said> =>
    new Promise((resolve) => {
      const child = execFile(program, args, { timeout: 40_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err }),
      );
      child.stdin?.end(input);
    });
  const ssh = (user: string, args: readonly string[], input?: string, name = 'id'): Promise<Said> =>
    run('ssh', [...options(name), `${user}@${address}`, ...args], input);

  const instance = (): DesiredInstance => {
    const made = wanted(ID, {
      publicKeys: [{ name: 'mine', openssh: readFileSync(key('id.pub'), 'utf8').trim() }],
      userData: script(...SERVICE),
    });
    return { ...made, interfaces: [{ ...made.interfaces[0]!, publicAddress: address }] };
  };

  before(async () => {
    node = await createNodeProcess();
    for (const name of ['id', 'other']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)]);
    node.gateway.tell(group(1n));
    node.start();
    await node.gateway.heard('the node', () => true);
    address = node.gateway.hello()!.publicCidr.replace(/\.0\.0\/\d+$/, '.5.5');
    node.gateway.want(instance());
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.RUNNING);
  });
  after(() => node[Symbol.asyncDispose]());

  it('is refused by the security group until a rule lets it in, then runs a command with its streams and exit code', async () => {
    assert.equal((await ssh('root', ['true'])).code, 255);
    node.gateway.tell(group(2n, [SSH_RULE]));
    let said: Said = { code: 255, out: '', err: '' };
    for (let i = 0; i < 20 && said.code === 255; i++) said = await ssh('root', ['cat; id -un; echo oh >&2; exit 7'], 'to and fro\n');
    assert.deepEqual([said.code, said.out], [7, 'to and fro\nroot\n']);
    assert.match(said.err, /^oh$/m);
    assert.equal((await ssh('ec2-user', ['id', '-u'])).out, '0\n');
  });

  it('gives the key pair to root inside, once, for a server that the instance may bring', async () => {
    const { out } = await ssh('root', ['stat -c %a .ssh .ssh/authorized_keys; cat .ssh/authorized_keys']);
    assert.equal(out, `700\n600\n${readFileSync(key('id.pub'), 'utf8')}`);
    await ssh('root', ['rm .ssh/authorized_keys']);
    node.gateway.want({ ...instance(), reboots: 1n });
    await node.gateway.saw(ID, ({ state, reboots }) => state === InstanceState.RUNNING && reboots === 1n);
    let said: Said = { code: 255, out: '', err: '' };
    for (let i = 0; i < 20 && said.code === 255; i++) said = await ssh('root', ['ls .ssh']);
    assert.deepEqual([said.code, said.out], [0, '']);
  });

  it('gives a terminal', async () => {
    const { out, code } = await ssh('root', ['-tt', 'tty; stty size; exit 3'], '');
    assert.match(out, /\/dev\/pts\/\d+/);
    assert.equal(code, 3);
  });

  it('lets nobody in with another key, another name, or a password', async () => {
    for (const said of [await ssh('root', ['true'], '', 'other'), await ssh('nobody-here', ['true'])]) {
      assert.equal(said.code, 255);
      assert.match(said.err, /Permission denied \(publickey\)/);
    }
  });

  it('opens to the keys in the authorized_keys of a user inside, and to root not with these', async () => {
    const users = 'root:x:0:0::/root:/bin/sh\\napp:x:7:8::/home/app:/bin/sh\\n';
    const make = `printf '${users}' > /etc/passwd; mkdir -p /home/app/.ssh; cat > /home/app/.ssh/authorized_keys; chown -R 7:8 /home/app`;
    assert.equal((await ssh('root', [make], readFileSync(key('other.pub'), 'utf8'))).code, 0);
    assert.equal((await ssh('app', ['id -un; pwd'], '', 'other')).out, 'app\n/home/app\n');
    assert.equal((await ssh('root', ['true'], '', 'other')).code, 255);
  });

  const noSftp = existsSync('/usr/lib/openssh/sftp-server') ? false : 'NOT TRIED: this machine lacks openssh-sftp-server';
  it('carries files by scp and sftp, though the image has neither, as the user and inside the root', { skip: noSftp }, async () => {
    const bytes = randomBytes(300_000);
    writeFileSync(key('sent'), bytes);
    const scp = (...args: string[]): Promise<Said> => run('scp', [...options('id'), '-p', ...args]);
    assert.deepEqual(await scp(key('sent'), `root@${address}:kept`), { code: 0, out: '', err: '' });
    assert.equal((await ssh('root', ['sha256sum < /root/kept'])).out, `${createHash('sha256').update(bytes).digest('hex')}  -\n`);
    assert.equal((await scp(`root@${address}:kept`, key('back'))).code, 0);
    assert.ok(readFileSync(key('back')).equals(bytes));

    const sftp = (user: string, name: string, ...lines: string[]): Promise<Said> =>
      run('sftp', [...options(name), '-b', '-', `${user}@${address}`], lines.join('\n'));
    const words = await sftp('root', 'id', 'mkdir made', 'rename kept made/kept', 'chmod 600 made/kept', 'ls -ln made');
    assert.match(words.out, /^-rw-------.* root +root +300000 .* made\/kept$/m);
    // A user of the image is held by what the image says of its files.
    assert.equal((await sftp('app', 'other', `put ${key('sent')} mine`)).code, 0);
    assert.equal((await ssh('root', ['stat -c "%u %g" /home/app/mine'])).out, '7 8\n');
    assert.match((await sftp('app', 'other', `put ${key('sent')} /etc/passwd`)).err, /Permission denied/);
    // Nor does a link lead to files of the machine.
    const link = await sftp('root', 'id', `ln -s ${key('sent')} link`, `get link ${key('stolen')}`);
    assert.match(link.err, /not found|No such file/);
    assert.ok(!existsSync(key('stolen')));
  });

  it('forwards connections into its network', async () => {
    const { out } = await ssh('root', ['-W', '127.0.0.1:8000'], 'GET / HTTP/1.0\r\n\r\n');
    assert.match(out, /200 OK[^]*hello/);
  });

  it('keeps its host key when the agent is killed, and gives way to a server of its own', async () => {
    await node.end('SIGKILL');
    node.start();
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.RUNNING);
    let said: Said = { code: 255, out: '', err: '' };
    for (let i = 0; i < 20 && said.code === 255; i++) said = await ssh('root', ['echo', 'again']);
    assert.equal(said.out, 'again\n');
    await ssh('root', ['httpd -p 22 -h /srv']);
    const socket = connect(22, address);
    socket.end('GET / HTTP/1.0\r\n\r\n');
    assert.match(await text(socket), /200 OK[^]*hello/);
    node.gateway.want(wanted(ID, { power: Power.TERMINATED }));
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.TERMINATED);
  });
});
