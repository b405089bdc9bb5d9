import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openRootDisks } from './root-disks.ts';
import type { RootDisks } from './root-disks.ts';
import { scratchDirectory, whyNoDisks } from './testing/scratch.ts';

const MIB = 1024 * 1024;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const RANGE = { firstId: 0x70000000, count: 65_536 };
const OTHER_RANGE = { firstId: 0x70010000, count: 65_536 };

describe('a root disk', { skip: whyNoDisks() }, () => {
  it('shows the image to each range as its own, and keeps what is written from the image and from others', async () => {
    await using subject = await openSubject();
    const { disks, image } = subject;
    const a = await mounted(disks, 'i-a', image, RANGE);
    const b = await mounted(disks, 'i-b', image, OTHER_RANGE);
    assert.equal(statSync(join(a, 'etc/motd')).uid, RANGE.firstId);
    assert.equal(statSync(join(b, 'etc/motd')).uid, OTHER_RANGE.firstId);
    assert.equal(statSync(join(a, '.')).uid, RANGE.firstId);
    assert.equal(inside(a, RANGE, 'echo mine > /etc/motd; id -u; stat -c %u /etc/motd').stdout, '0\n0\n');
    assert.equal(readFileSync(join(a, 'etc/motd'), 'utf8'), 'mine\n');
    assert.equal(readFileSync(join(b, 'etc/motd'), 'utf8'), 'hello');
    assert.equal(readFileSync(join(image.rootfs, 'etc/motd'), 'utf8'), 'hello');
    // Neither of the other's users.
    assert.notEqual(inside(b, RANGE, 'echo stolen > /etc/motd').status, 0);
  });

  it('keeps what was written over an unmount, and forgets it when removed', async () => {
    await using subject = await openSubject();
    const { disks, image, directory } = subject;
    inside(await mounted(disks, 'i-a', image, RANGE), RANGE, 'echo kept > /root/file');
    await disks.unmount('i-a', signal());
    assert.deepEqual(readdirSync(join(directory, 'm')), []);
    assert.equal(inside(await mounted(disks, 'i-a', image, RANGE), RANGE, 'cat /root/file').stdout, 'kept\n');
    await disks.mount('i-a', image, RANGE, signal());
    assert.deepEqual(await disks.list(), ['i-a']);
    await disks.remove('i-a', signal());
    await disks.remove('i-a', signal());
    assert.deepEqual(await disks.list(), []);
    assert.equal(inside(await mounted(disks, 'i-a', image, RANGE), RANGE, 'ls /root').stdout, '');
  });

  it('made ahead and mounted, is given to another id as it is', async () => {
    await using subject = await openSubject();
    const { disks, image } = subject;
    inside(await mounted(disks, 'ready-1', image, RANGE), RANGE, 'echo kept > /root/file');
    await disks.rename('ready-1', 'i-a');
    assert.deepEqual(await disks.list(), ['i-a']);
    assert.equal(inside(await mounted(disks, 'i-a', image, RANGE), RANGE, 'cat /root/file; echo more > /etc/more').stdout, 'kept\n');
    await disks.unmount('i-a', signal());
    assert.equal(inside(await mounted(disks, 'i-a', image, RANGE), RANGE, 'cat /root/file /etc/more').stdout, 'kept\nmore\n');
    await disks.rename('i-a', 'i-b');
    await disks.remove('i-b', signal());
    assert.deepEqual(await disks.list(), []);
  });

  it('is full at its size, and takes no more of the machine', async () => {
    await using subject = await openSubject();
    const { disks, image, directory } = subject;
    const root = await mounted(disks, 'i-a', image, RANGE);
    const { status, stderr } = inside(root, RANGE, 'dd if=/etc/much of=/root/much bs=1M');
    assert.notEqual(status, 0);
    assert.match(stderr, /No space left on device/);
    const written = statSync(join(root, 'root/much')).size;
    assert.ok(written > 40 * MIB && written <= 64 * MIB, `${written} bytes`);
    assert.ok(statSync(join(directory, 'disks', 'i-a.disk')).blocks * 512 <= 64 * MIB);
  });

  it('holds no device, and its image cannot be written through its place', async () => {
    await using subject = await openSubject();
    const root = await mounted(subject.disks, 'i-a', subject.image, RANGE);
    const options = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(subject.directory));
    assert.equal(options.length, 3);
    assert.ok(
      options.every((line) => line.includes('nodev')),
      options.join('\n'),
    );
    assert.throws(() => writeFileSync(join(root, '..', 'image', 'etc', 'motd'), 'x'), { code: 'EROFS' });
  });
});

/** Runs a shell as root of a range, in a root. */
function inside(
  root: string,
  { firstId }: { firstId: number },
  command: string,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(
    'setpriv',
    [
      `--reuid=${firstId}`,
      `--regid=${firstId}`,
      '--clear-groups',
      'unshare',
      '--user',
      '--map-root-user',
      'chroot',
      root,
      '/bin/sh',
      '-c',
      command,
    ],
    { encoding: 'utf8' },
  );
}

async function mounted(disks: RootDisks, id: string, image: { rootfs: string }, range: typeof RANGE): Promise<string> {
  await disks.create(id, 64 * MIB, signal());
  return (await disks.mount(id, image, range, signal())).rootDirectory;
}

async function openSubject() {
  const scratch = scratchDirectory();
  execFileSync('chmod', ['711', scratch.path]);
  const rootfs = join(scratch.path, 'image');
  for (const name of ['bin', 'etc', 'root', 'dev']) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const name of ['sh', 'id', 'stat', 'cat', 'ls', 'dd', 'echo']) symlinkSync('busybox', join(rootfs, 'bin', name));
  writeFileSync(join(rootfs, 'etc/motd'), 'hello');
  writeFileSync(join(rootfs, 'etc/much'), '');
  truncateSync(join(rootfs, 'etc/much'), 200 * MIB);
  const disks = await openRootDisks({ directory: join(scratch.path, 'disks'), mountDirectory: join(scratch.path, 'm') });
  return {
    directory: scratch.path,
    disks,
    image: { rootfs },
    async [Symbol.asyncDispose]() {
      for (const id of await disks.list()) await disks.remove(id, signal());
      assert.equal(existsSync(join(scratch.path, 'm', 'i-a')), false);
      await scratch[Symbol.asyncDispose]();
    },
  };
}
