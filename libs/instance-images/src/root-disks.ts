import { chmod, chown, mkdir, readdir, readFile, rename, rm, rmdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '@pilvi/runtime';
import { ImageError } from './errors.ts';
import { mountIdmapped } from './idmapped-mount.ts';
import type { IdRange } from './idmapped-mount.ts';
import { runBriefly } from './run-program.ts';

/**
 * The root disks of instances. Each is a file with a file system of its own, so that its size is a limit that the kernel keeps; what
 * an instance writes lies there, over the files of its image.
 */
export interface RootDisks {
  /** Makes a disk of this size. One that is there stays as it is. */
  create(id: string, sizeBytes: number, signal: AbortSignal): Promise<void>;
  /** Mounts a root over an image's files, owned by the range; mounted already is fine. The same range again for all of a disk's life. */
  mount(id: string, image: { rootfs: string }, range: IdRange, signal: AbortSignal): Promise<MountedRoot>;
  /** Unmounts whatever of a disk is mounted. */
  unmount(id: string, signal: AbortSignal): Promise<void>;
  /** Unmounts a disk and forgets it with all that was written. An absent one is no error. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Gives a disk another id, mounted or not. */
  rename(id: string, to: string): Promise<void>;
  list(): Promise<readonly string[]>;
}

export interface MountedRoot {
  readonly rootDirectory: string;
  /** A directory on the disk that the instance does not see: files made here can be shown inside, and count to its limit. */
  readonly sideDirectory: string;
  /** The block device that holds what is written; reads of files that are the image's own go elsewhere. */
  readonly device: { readonly major: number; readonly minor: number };
}

interface Options {
  /** Where the disks' files are kept. */
  readonly directory: string;
  /** Where they are mounted: a short path that anyone may pass through, as the users of an instance must. */
  readonly mountDirectory: string;
}

const DISK = /^[a-z0-9-]{1,64}\.disk$/;

export async function openRootDisks({ directory, mountDirectory }: Options): Promise<RootDisks> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await mkdir(mountDirectory, { recursive: true, mode: 0o711 });
  await chmod(mountDirectory, 0o711);
  for (const name of await readdir(directory)) if (!DISK.test(name)) await rm(join(directory, name), { force: true });

  const fileOf = (id: string): string => join(directory, `${id}.disk`);
  const placesOf = (id: string) => {
    const base = join(mountDirectory, id);
    return { base, disk: join(base, 'disk'), image: join(base, 'image'), root: join(base, 'root') };
  };

  async function create(id: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    if ((await stat(fileOf(id)).catch(() => undefined)) !== undefined) return;
    const unfinished = `${fileOf(id)}.new`;
    await rm(unfinished, { force: true });
    await writeFile(unfinished, '', { mode: 0o600 });
    await truncate(unfinished, sizeBytes);
    // A small journal, tables made when first used, no blocks kept back: an empty disk takes some 200 KiB.
    const features = [
      '-E',
      'lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0',
      '-J',
      'size=4',
      '-m',
      '0',
      '-O',
      '^resize_inode',
    ];
    await runBriefly('mkfs.ext4', ['-q', '-F', ...features, unfinished], { signal });
    await rename(unfinished, fileOf(id));
    await syncDirectory(directory);
  }

  async function mount(id: string, image: { rootfs: string }, range: IdRange, signal: AbortSignal): Promise<MountedRoot> {
    const { base, disk, image: imagePlace, root } = placesOf(id);
    const mounted = await mountedUnder(base);
    for (const place of [base, disk, imagePlace, root]) await mkdir(place, { recursive: true, mode: 0o711 });
    if (!mounted.includes(disk)) await mountDisk(fileOf(id), disk, signal);
    const [upper, work, side] = ['upper', 'work', 'side'].map((name) => join(disk, name)) as [string, string, string];
    for (const path of [upper, work, side]) await mkdir(path, { recursive: true, mode: 0o755 });
    if (!mounted.includes(imagePlace)) await mountIdmapped(image.rootfs, imagePlace, range);
    if (!mounted.includes(root)) {
      // The root directory itself comes from the upper layer: its owner and mode must be the image's.
      const top = await stat(imagePlace);
      await chown(upper, top.uid, top.gid);
      await chmod(upper, 0o755);
      const layers = `lowerdir=${imagePlace},upperdir=${upper},workdir=${work}`;
      await runBriefly('mount', ['-t', 'overlay', '-o', `nodev,nosuid,${layers}`, 'overlay', root], { signal });
    }
    return { rootDirectory: root, sideDirectory: side, device: deviceNumbers((await stat(disk)).dev) };
  }

  async function unmount(id: string, signal: AbortSignal): Promise<void> {
    const { base } = placesOf(id);
    // The topmost first.
    for (const place of (await mountedUnder(base)).toReversed()) await runBriefly('umount', [place], { signal });
    for (const name of ['root', 'image', 'disk', '']) await rmdir(join(base, name)).catch(ignoreAbsent);
  }

  return {
    create,
    mount,
    unmount,
    async remove(id, signal) {
      await unmount(id, signal);
      await rm(fileOf(id), { force: true });
      await rm(`${fileOf(id)}.new`, { force: true });
    },
    async rename(id, to) {
      await rename(fileOf(id), fileOf(to));
      // What is mounted below goes along: a mount holds on to its directory, not to its name.
      await rename(placesOf(id).base, placesOf(to).base).catch(ignoreAbsent);
    },
    list: async () => (await readdir(directory)).filter((name) => DISK.test(name)).map((name) => name.slice(0, -'.disk'.length)),
  };
}

/** The loop device goes with the mount. What instances delete is given back to the host's disk (discard). */
async function mountDisk(file: string, place: string, signal: AbortSignal): Promise<void> {
  await runBriefly('mount', ['-t', 'ext4', '-o', 'loop,discard,nodev,nosuid', file, place], { signal }).catch((error: unknown) => {
    throw error instanceof ImageError && /No such file/i.test(error.message)
      ? new ImageError('absent', 'there is no such disk', error)
      : error;
  });
}

/** As the C library takes a device number apart (makedev(3)). */
function deviceNumbers(dev: number): MountedRoot['device'] {
  return { major: (dev >>> 8) & 0xfff, minor: (dev & 0xff) | ((dev >>> 12) & 0xfff00) };
}

/** What is mounted in a directory, in the order in which it was (proc(5), mountinfo). */
async function mountedUnder(directory: string): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((place) => place.startsWith(`${directory}/`));
}

function ignoreAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
