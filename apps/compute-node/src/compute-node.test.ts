import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InstanceState, Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';
import { missingHere } from './missing-here.ts';
import { createNodeProcess } from './testing/node-process.ts';
import type { NodeProcess } from './testing/node-process.ts';
import { BUSYBOX, group, script, wanted } from './testing/wanted-instance.ts';

const missing = await missingHere();
const skip = missing.length > 0 && `NOT TRIED: this machine lacks ${missing.join(', ')}`;
describe('a compute node', { skip }, () => {
  let node: NodeProcess;
  const is = (state: InstanceState) => (observed: { state: InstanceState }) => observed.state === state;
  const consoleWith = async (id: string, words: RegExp): Promise<string> => {
    for (;;) {
      const console = await node.gateway.console(id);
      if (words.test(console)) return console;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** The number of the first process, as the machine has it. */
  const pidOf = (id: string): number => Number(readFileSync(join(node.directory, 'compute-1', 'driver', 'tasks', id, 'pid'), 'utf8'));
  const terminate = async (id: string): Promise<void> => {
    node.gateway.want(wanted(id, { power: Power.TERMINATED }));
    await node.gateway.saw(id, is(InstanceState.TERMINATED));
  };

  before(async () => {
    node = await createNodeProcess();
    node.gateway.tell(group(1n));
    node.start();
  });
  after(() => node[Symbol.asyncDispose]());

  it('runs an instance: user-data once, its own name, its limits, what it says on the console', async () => {
    const diskLimit = 'cd /sys/fs/cgroup; cat blkio/blkio.throttle.read_bps_device io.max 2>/dev/null';
    const userData = script('hostname', 'cat /etc/hosts', 'echo "uid $(id -u)"', diskLimit, 'echo done-with-it');
    node.gateway.want(wanted('i-0000000a', { userData }));
    const observed = await node.gateway.saw('i-0000000a', is(InstanceState.RUNNING));
    assert.deepEqual(
      { starts: observed.starts, reason: observed.reason, exit: observed.exit },
      { starts: 1n, reason: undefined, exit: undefined },
    );
    const console = await consoleWith('i-0000000a', /user-data ended with 0/);
    assert.match(console, /^ip-10-201-0-10$/m);
    assert.match(console, /^10\.201\.0\.10 ip-10-201-0-10\.ec2\.internal ip-10-201-0-10$/m);
    assert.match(console, /^uid 0$/m);
    // Of a loop device.
    assert.match(console, /^7:\d+ (rbps=)?131072000/m);
    const { images } = await node.gateway.heard('that the image is made', ({ images }) =>
      images.some(({ name, ready }) => name === BUSYBOX.value && ready),
    );
    assert.ok(images.length >= 1);
  });

  it('is reached at its public address when its security group says so, and not before', async () => {
    const id = 'i-0000003a';
    const userData = script('echo hello from inside > /root/index.html', 'httpd -p 80 -h /root', 'echo serving');
    const instance = wanted(id, { userData });
    const publicAddress = node.gateway.hello()!.publicCidr.replace(/\.0\.0\/\d+$/, '.7.7');
    node.gateway.want({ ...instance, interfaces: [{ ...instance.interfaces[0]!, publicAddress }] });
    await consoleWith(id, /serving/);
    const get = (): Promise<string> =>
      fetch(`http://${publicAddress}/`, { signal: AbortSignal.timeout(1500) }).then((answer) => answer.text());
    await assert.rejects(get(), 'nothing may come in yet');
    node.gateway.tell(group(2n, [{ protocol: 'tcp', fromPort: 80, toPort: 80 }]));
    let said = '';
    for (let i = 0; i < 40 && said === ''; i++) said = await get().catch(() => '');
    assert.equal(said, 'hello from inside\n');
    assert.equal((await node.gateway.saw(id, is(InstanceState.RUNNING))).impaired, '');
    await terminate(id);
  });

  it('leaves it alone when the agent is killed, and finds it again with the same process', async () => {
    const pid = pidOf('i-0000000a');
    assert.equal(await node.end('SIGKILL'), null);
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /pilvi\/init/);
    node.start();
    await node.gateway.saw('i-0000000a', is(InstanceState.RUNNING));
    assert.equal(pidOf('i-0000000a'), pid);
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /pilvi\/init/);
  });

  it('stop keeps the root, start has it again and does not run user-data twice', async () => {
    node.gateway.want(wanted('i-0000000b', { userData: script('echo once >> /root/runs', 'cat /root/runs') }));
    await consoleWith('i-0000000b', /user-data ended with 0/);
    node.gateway.want(wanted('i-0000000b', { power: Power.STOPPED }));
    const stopped = await node.gateway.saw('i-0000000b', is(InstanceState.STOPPED));
    assert.equal(stopped.exit?.code, 0);
    assert.match(await node.gateway.console('i-0000000b'), /^once$/m);
    node.gateway.want(wanted('i-0000000b', { starts: 2n }));
    assert.equal((await node.gateway.saw('i-0000000b', is(InstanceState.RUNNING))).starts, 2n);
    node.gateway.want(wanted('i-0000000b', { starts: 2n, reboots: 1n }));
    await node.gateway.saw('i-0000000b', ({ state, reboots }) => state === InstanceState.RUNNING && reboots === 1n);
    const inside = join('/proc', String(pidOf('i-0000000b')), 'root');
    assert.equal(readFileSync(join(inside, 'root/runs'), 'utf8'), 'once\n');
    await terminate('i-0000000b');
  });

  it('a graceful end stops what runs, and the next start brings back just that', async () => {
    node.gateway.want(wanted('i-0000000c', { power: Power.STOPPED }));
    const first = pidOf('i-0000000a');
    assert.equal(await node.end('SIGTERM'), 0);
    assert.throws(() => readFileSync(`/proc/${first}/cmdline`), { code: 'ENOENT' });
    assert.deepEqual(node.traces(), []);
    node.start();
    await node.gateway.saw('i-0000000a', is(InstanceState.RUNNING));
    assert.notEqual(pidOf('i-0000000a'), first);
    assert.doesNotMatch(await node.gateway.console('i-0000000a'), /done-with-it/);
    await terminate('i-0000000a');
    await terminate('i-0000000c');
  });

  it('an instance that ends by itself is stopped, or gone, as it was asked for', async () => {
    const userData = script('echo bye', 'kill -KILL -1');
    node.gateway.want(wanted('i-0000000d', { userData }));
    const stopped = await node.gateway.saw('i-0000000d', is(InstanceState.STOPPED));
    assert.equal(stopped.reason?.code, 'Client.InstanceInitiatedShutdown');
    assert.equal(stopped.exit?.signal, 9);
    await terminate('i-0000000d');
    node.gateway.want(wanted('i-0000000e', { userData, onShutdown: ShutdownBehavior.TERMINATE }));
    await node.gateway.saw('i-0000000e', is(InstanceState.TERMINATED));
  });

  it('runs an image from the object store with its own command, environment and user', async () => {
    node.gateway.objects.set('images/app.tar', ociArchive(node.directory));
    const value = { bucket: 'images', key: 'app.tar', etag: 'e1', sizeBytes: BigInt(node.gateway.objects.get('images/app.tar')!.length) };
    node.gateway.want(wanted('i-0000001a', { image: { imageId: 'ami-2', source: { $case: 'object', value }, architecture: '' } }));
    const console = await consoleWith('i-0000001a', /colour/);
    assert.match(console, /^colour blue uid 7 in \/srv$/m);
    await node.gateway.saw('i-0000001a', is(InstanceState.STOPPED));
    await terminate('i-0000001a');
  });

  it('what cannot be launched is terminated with its reason, and leaves nothing', async () => {
    node.gateway.objects.set('images/bad', Buffer.from('no image'));
    const object = (key: string) => ({
      imageId: 'ami-3',
      source: { $case: 'object' as const, value: { bucket: 'images', key, etag: key, sizeBytes: 8n } },
      architecture: '',
    });
    node.gateway.want(wanted('i-0000002a', { image: object('bad') }));
    node.gateway.want(wanted('i-0000002b', { image: object('absent') }));
    node.gateway.want(
      wanted('i-0000002c', { image: { imageId: 'ami-4', source: { $case: 'offered', value: 'pilvi/none' }, architecture: '' } }),
    );
    node.gateway.want(wanted('i-0000002d', { image: { imageId: 'ami-1', source: BUSYBOX, architecture: 'sparc' } }));
    for (const id of ['i-0000002a', 'i-0000002b', 'i-0000002c', 'i-0000002d']) {
      const { reason } = await node.gateway.saw(id, is(InstanceState.TERMINATED));
      assert.equal(reason?.code, 'Client.InvalidImage', id);
      assert.doesNotMatch(reason.message, new RegExp(node.directory));
    }
    // What is ready for the next launch belongs to nobody yet.
    const isReady = (trace: string): boolean => trace.includes('ready-');
    assert.deepEqual(
      node.traces().filter((trace) => !isReady(trace)),
      [],
    );
    assert.deepEqual(
      readdirSync(join(node.directory, 'compute-1', 'disks')).filter((name) => !isReady(name)),
      [],
    );
    assert.deepEqual(readdirSync(join(node.directory, 'compute-1', 'driver', 'tasks')), []);
  });

  it('remembers what is gone, so that late words do not bring it back, until it may forget', async () => {
    const late = wanted('i-0000002a');
    node.gateway.want({ ...late, starts: 5n });
    const observed = await node.gateway.saw('i-0000002a', (found) => found.generation === late.generation);
    assert.equal(observed.state, InstanceState.TERMINATED);
    node.gateway.forget('i-0000002a');
    await node.gateway.heard('no more of i-0000002a', ({ instances }) => instances.every(({ instanceId }) => instanceId !== 'i-0000002a'));
  });
});

/** Busybox with a command of its own. */
function ociArchive(directory: string): Buffer {
  const at = join(directory, 'oci');
  const root = join(at, 'root');
  for (const name of ['bin', 'etc', 'srv']) mkdirSync(join(root, name), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(root, 'bin/sh')]);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\napp:x:7:8::/:/bin/sh\n');
  writeFileSync(join(root, 'bin/run'), '#!/bin/sh\necho "colour $COLOUR uid $(id -u) in $(pwd)"\n', { mode: 0o755 });
  execFileSync('tar', ['-cf', join(at, 'layer.tar'), '-C', root, '.']);
  const umoci = (...args: string[]): void => void execFileSync('umoci', args);
  const image = ['--image', `${join(at, 'layout')}:image`];
  umoci('init', '--layout', join(at, 'layout'));
  umoci('new', ...image);
  umoci('raw', 'add-layer', ...image, join(at, 'layer.tar'));
  umoci(
    'config',
    ...image,
    '--config.entrypoint=/bin/run',
    '--config.env=COLOUR=blue',
    '--config.env=PATH=/bin',
    '--config.workingdir=/srv',
    '--config.user=app',
  );
  execFileSync('skopeo', ['copy', '-q', '--insecure-policy', `oci:${join(at, 'layout')}:image`, `oci-archive:${join(at, 'archive.tar')}`]);
  return readFileSync(join(at, 'archive.tar'));
}
