import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const PARTS = ['gateway-1', 'storage-1', 'storage-2', 'storage-3'];
const UNMOUNT_TRIES = 100;
const IMAGE_BYTES = 1024 * 1024 * 1024;

/** Every process's data on a small ext4 of its own, loop-mounted from an image file; generations of them follow one another, a power cut between two. */
export interface PowerDisks extends AsyncDisposable {
  /** Moves the parts of a cluster's data directory into the images of generation 0. */
  fill(dataDir: string): Promise<void>;
  /** Mounts one generation under one data directory; disposal unmounts and deletes its images. */
  mount(generation: number): Promise<AsyncDisposable & { readonly dataDir: string }>;
  /** The images as they are now become the next generation: what was not fsynced is not in them. */
  copy(generation: number): Promise<void>;
  readonly root: string;
}

/** Undefined when this process may not mount loop devices. */
export async function openPowerDisks(): Promise<PowerDisks | undefined> {
  const root = await mkdtemp(join(tmpdir(), 'pilvi-power-'));
  const disks: PowerDisks = {
    root,
    fill: (dataDir) => fill(root, dataDir),
    mount: (generation) => mountAll(root, generation),
    async copy(generation) {
      await Promise.all(
        PARTS.map((part) => copyFile(imageOf(root, generation, part), imageOf(root, generation + 1, part), constants.COPYFILE_FICLONE)),
      );
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  if (await canMount(root)) return disks;
  await disks[Symbol.asyncDispose]();
  return undefined;
}

async function canMount(root: string): Promise<boolean> {
  const [image, mountPoint] = [join(root, 'try.img'), join(root, 'try')];
  try {
    await mkdir(mountPoint);
    await makeImage(image);
    await run('mount', ['-o', 'loop', image, mountPoint]);
    await unmount(mountPoint);
    return true;
  } catch {
    return false;
  } finally {
    await rm(image, { force: true });
  }
}

async function fill(root: string, dataDir: string): Promise<void> {
  const mountPoint = join(root, 'mnt');
  await mkdir(mountPoint);
  for (const part of PARTS) {
    const image = imageOf(root, 0, part);
    await makeImage(image);
    await run('mount', ['-o', 'loop', image, mountPoint]);
    await run('rm', ['-rf', join(mountPoint, 'lost+found')]);
    await run('cp', ['-a', `${join(dataDir, part)}/.`, mountPoint]);
    await unmount(mountPoint);
    await rm(join(dataDir, part), { recursive: true });
  }
}

function imageOf(root: string, generation: number, part: string): string {
  return join(root, `${part}.${String(generation)}.img`);
}

async function makeImage(file: string): Promise<void> {
  await run('truncate', ['-s', String(IMAGE_BYTES), file]);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', file]);
}

async function mountAll(root: string, generation: number): Promise<AsyncDisposable & { readonly dataDir: string }> {
  const dataDir = join(root, `data-${String(generation)}`);
  await mkdir(dataDir, { mode: 0o700 });
  // Settings that are no process's own (keys, format) lie outside the images and are carried over.
  const previous = join(root, `data-${String(generation - 1)}`);
  await run('sh', ['-c', `[ -d "$0" ] && cp -a "$0"/. "$1"/ || true`, previous, dataDir]);
  for (const part of PARTS) {
    await mkdir(join(dataDir, part), { recursive: true, mode: 0o700 });
    await run('mount', ['-o', 'loop,commit=60,noatime', imageOf(root, generation, part), join(dataDir, part)]);
    await run('rm', ['-rf', join(dataDir, part, 'lost+found')]);
  }
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      for (const part of PARTS) {
        await unmount(join(dataDir, part));
        await rm(imageOf(root, generation, part), { force: true });
      }
    },
  };
}

/** A process that was just killed may hold its files a moment longer. */
async function unmount(mountPoint: string): Promise<void> {
  for (let tries = 0; tries < UNMOUNT_TRIES; tries++) {
    const done = await run('umount', [mountPoint]).then(
      () => true,
      () => false,
    );
    if (done) return;
    await sleep(100);
  }
  await run('umount', ['-l', mountPoint]);
}
