import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InstanceState, Power } from '@pilvi/contracts/compute/v1/instance';
import type { AccessBegin } from '@pilvi/contracts/compute/v1/access';
import { missingHere } from './missing-here.ts';
import { createNodeProcess } from './testing/node-process.ts';
import type { NodeProcess } from './testing/node-process.ts';
import { group, script, wanted } from './testing/wanted-instance.ts';

const missing = await missingHere();
const skip = missing.length > 0 && `NOT TRIED: this machine lacks ${missing.join(', ')}`;

const ID = 'i-0000004a';

describe('ways into an instance', { skip }, () => {
  let node: NodeProcess;
  before(async () => {
    node = await createNodeProcess();
    node.gateway.tell(group(1n));
    node.start();
    const userData = script(
      'echo first-words',
      'mkdir /srv; echo hello > /srv/index.html',
      'httpd -p 127.0.0.1:8000 -h /srv',
      'echo serving',
    );
    node.gateway.want(wanted(ID, { userData }));
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.RUNNING);
  });
  after(() => node[Symbol.asyncDispose]());

  const command = (argv: readonly string[], isTerminal = false): AccessBegin => ({
    instanceId: ID,
    what: {
      $case: 'command',
      value: { argv: [...argv], terminal: isTerminal ? { size: { columns: 91, rows: 33 }, type: 'vt100' } : undefined },
    },
  });
  const bytes = (text: string) => ({ $case: 'data', value: Buffer.from(text) }) as const;

  it('a command has its own streams and exit code', async () => {
    const way = await node.gateway.enter(command(['sh', '-c', 'cat; echo oh >&2; exit 7']));
    way.send(bytes('to and fro'));
    way.send({ $case: 'endOfInput', value: {} });
    assert.deepEqual(await way.ended, { data: 'to and fro', errors: 'oh\n', last: { $case: 'exitCode', value: 7 } });
    const none = await node.gateway.enter(command(['no-such-program']));
    assert.deepEqual((await none.ended).last, { $case: 'exitCode', value: 127 });
  });

  it('a shell in a terminal: size, type, Ctrl-C, exit code; several at once', async () => {
    const [one, other] = await Promise.all([node.gateway.enter(command([], true)), node.gateway.enter(command([], true))]);
    one.send(bytes('stty size; echo $TERM $(id -u) re"ady"\n'));
    assert.match(await one.until(/ready/), /33 91[^]*vt100 0 ready/);
    one.send({ $case: 'resize', value: { columns: 120, rows: 50 } });
    one.send(bytes('sleep 1; stty size; sleep 600\n'));
    await one.until(/50 120/);
    one.send(bytes('\x03'));
    // What is typed before the shell has taken notice may be flushed with the interrupt.
    const again = setInterval(() => one.send(bytes('echo ba"ck"\n')), 200);
    await one.until(/back/).finally(() => clearInterval(again));
    one.send(bytes('exit 5\n'));
    assert.deepEqual((await one.ended).last, { $case: 'exitCode', value: 5 });
    other.send(bytes('echo still "here"; exit\n'));
    await other.until(/still here/);
    assert.deepEqual((await other.ended).last, { $case: 'exitCode', value: 0 });
  });

  it('whoever leaves ends what they ran', async () => {
    const way = await node.gateway.enter(command(['sh', '-c', 'echo begun; exec sleep 7654']));
    await way.until(/begun/);
    way.leave();
    for (;;) {
      const look = await node.gateway.enter(command(['sh', '-c', 'ps | grep "[s]leep 7654"']));
      if ((await look.ended).data === '') return;
    }
  });

  it('a lot goes both ways at once, in order', async () => {
    const way = await node.gateway.enter(command(['cat']));
    const part = 'x'.repeat(64 * 1024);
    for (let i = 0; i < 160; i++) way.send(bytes(part));
    way.send({ $case: 'endOfInput', value: {} });
    const { data, last } = await way.ended;
    assert.deepEqual([data.length, last], [160 * part.length, { $case: 'exitCode', value: 0 }]);
  });

  it('a port is reached inside, whatever the groups say, and one that nobody serves is told', async () => {
    const to = (port: number): AccessBegin => ({ instanceId: ID, what: { $case: 'connection', value: { port } } });
    const web = await node.gateway.enter(to(8000));
    web.send(bytes('GET / HTTP/1.0\r\n\r\n'));
    const { data, last } = await web.ended;
    assert.match(data, /200 OK[^]*hello/);
    assert.deepEqual(last, { $case: 'exitCode', value: 0 });
    const closed = await (await node.gateway.enter(to(81))).ended;
    assert.match(String(closed.last?.$case === 'refusal' && closed.last.value), /port 81 \(ECONNREFUSED\)/);
    const wrong = await (await node.gateway.enter(to(70_000))).ended;
    assert.match(String(wrong.last?.$case === 'refusal' && wrong.last.value), /no port/);
  });

  it('a #cloud-config is done once, in order, with its files', async () => {
    const id = 'i-0000004b';
    const config = [
      '#cloud-config',
      'runcmd: ["cat /etc/app/x; ls -ln /etc/app/x", [sh, -c, "echo count >> /root/count; cat /root/count"]]',
      'bootcmd: [echo boot-first]',
      'write_files: [{ path: /etc/app/x, content: aGVsbG8K, encoding: b64, permissions: "0600", owner: "7:8" }]',
      'ssh_authorized_keys: [ssh-ed25519 AAAA me]',
      'final_message: all-done',
    ];
    node.gateway.want(wanted(id, { userData: Buffer.from(config.join('\n')) }));
    await node.gateway.saw(id, ({ state }) => state === InstanceState.RUNNING);
    const shown = await node.gateway.enter({ instanceId: id, what: { $case: 'console', value: { follow: true } } });
    const console = await shown.until(/user-data ended with 0/);
    shown.leave();
    assert.match(console, /^boot-first\n[^]*^hello\n-rw------- +1 7 +8 [^]*^count\nall-done\n/m);
    const keys = await node.gateway.enter({
      instanceId: id,
      what: { $case: 'command', value: { argv: ['cat', '/root/.ssh/authorized_keys'], terminal: undefined } },
    });
    assert.equal((await keys.ended).data, 'ssh-ed25519 AAAA me\n');
    node.gateway.want(wanted(id, { power: Power.TERMINATED }));
    await node.gateway.saw(id, ({ state }) => state === InstanceState.TERMINATED);
  });

  it('the console is followed from its begin to the end of the run, and a shell ends with it', async () => {
    const console = (follow: boolean): AccessBegin => ({ instanceId: ID, what: { $case: 'console', value: { follow } } });
    const followed = await node.gateway.enter(console(true));
    await followed.until(/first-words[^]*serving/);
    const speak = await node.gateway.enter(
      command(['sh', '-c', 'i=0; while [ $i -lt 4000 ]; do echo line $i; i=$((i+1)); done > /proc/1/fd/1']),
    );
    await speak.ended;
    await followed.until(/line 3999/);
    const shell = await node.gateway.enter(command([], true));
    shell.send(bytes('echo re"ady"\n'));
    await shell.until(/ready/);
    node.gateway.want(wanted(ID, { power: Power.STOPPED, force: true }));
    const { data, last } = await followed.ended;
    assert.deepEqual(last, { $case: 'exitCode', value: 0 });
    assert.equal(data.match(/^line \d+$/gm)?.length, 4000);
    assert.equal((await shell.ended).last?.$case, 'exitCode');
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.STOPPED);
    assert.match((await (await node.gateway.enter(console(false))).ended).data, /line 3999/);
    const late = await (await node.gateway.enter(command(['true']))).ended;
    assert.deepEqual(late.last, { $case: 'refusal', value: `${ID} does not run` });
    node.gateway.want(wanted(ID, { power: Power.TERMINATED }));
    await node.gateway.saw(ID, ({ state }) => state === InstanceState.TERMINATED);
  });
});
