import { existsSync, readFileSync } from 'node:fs';
import { readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TaskUsage } from '../instance-driver.ts';

/** The machine's control groups: version 2 is one tree, version 1 a tree for each controller. */
export interface Cgroups {
  readonly version: 1 | 2;
  /** Whether block devices can be slowed down. */
  readonly canLimitDisks: boolean;
  /** The directories that a path has, one in each tree. */
  directories(path: string): readonly string[];
  usage(path: string): Promise<TaskUsage>;
  /**
   * Moves this process to the group where it is. Before the kernel moves any process, it waits for an RCU grace period, 6 to 10 ms, unless it has just done so: who is
   * about to have a task made calls this first, and the wait goes by while crun begins. Never rejects: without it crun waits itself.
   */
  expectMove(): Promise<void>;
  /** Removes what crun left of a path, and its parent when that is empty. */
  prune(path: string): Promise<void>;
}

const MOUNT = '/sys/fs/cgroup';

/** Reads where the trees are mounted (proc(5), /proc/mounts). */
export function findCgroups(mounts = readFileSync('/proc/self/mounts', 'utf8')): Cgroups {
  const trees = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, at = MOUNT, type, options = '']) => ({ at, type, controllers: options.split(',') }));
  const unified = trees.find((tree) => tree.at === MOUNT && tree.type === 'cgroup2');
  const directories = (path: string): readonly string[] => trees.map((tree) => join(tree.at, path));
  const prune = async (path: string): Promise<void> => {
    for (const directory of directories(path)) {
      await rmdir(directory).catch(ignoreInUse);
      await rmdir(dirname(directory)).catch(ignoreInUse);
    }
  };
  if (unified !== undefined)
    return {
      version: 2,
      canLimitDisks: controllersOf(unified.at).includes('io'),
      directories,
      prune,
      expectMove: () => moveToOwnGroup(unified.at, /^0::(.+)$/m),
      usage: (path) => usageOfVersion2(join(unified.at, path)),
    };
  const treeOf = (controller: string): string => trees.find((tree) => tree.controllers.includes(controller))?.at ?? join(MOUNT, controller);
  return {
    version: 1,
    canLimitDisks: existsSync(join(treeOf('blkio'), 'blkio.throttle.read_bps_device')),
    directories,
    prune,
    expectMove: () => moveToOwnGroup(treeOf('pids'), /^\d+:(?:[^:\n]*,)?pids(?:,[^:\n]*)?:(.+)$/m),
    usage: (path) => usageOfVersion1(treeOf, path),
  };
}

/** `own` finds its path in what proc(5) calls /proc/pid/cgroup; 0 is the process that writes. A path that only the host sees is left alone. */
async function moveToOwnGroup(tree: string, own: RegExp): Promise<void> {
  try {
    const path = own.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1];
    if (path === undefined || path.startsWith('/..')) return;
    await writeFile(join(tree, path, 'cgroup.procs'), '0', { flag: 'r+' });
  } catch {
    // crun waits itself.
  }
}

function controllersOf(root: string): readonly string[] {
  return readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ');
}

async function usageOfVersion1(treeOf: (controller: string) => string, path: string): Promise<TaskUsage> {
  const [cpuNs, memoryBytes, pids] = await Promise.all([
    number(join(treeOf('cpuacct'), path, 'cpuacct.usage')),
    number(join(treeOf('memory'), path, 'memory.usage_in_bytes')),
    number(join(treeOf('pids'), path, 'pids.current')),
  ]);
  return { cpuMs: cpuNs / 1e6, memoryBytes, pids };
}

async function usageOfVersion2(directory: string): Promise<TaskUsage> {
  const [cpu, memoryBytes, pids] = await Promise.all([
    readFile(join(directory, 'cpu.stat'), 'utf8'),
    number(join(directory, 'memory.current')),
    number(join(directory, 'pids.current')),
  ]);
  return { cpuMs: Number(/^usage_usec (\d+)$/m.exec(cpu)?.[1] ?? 0) / 1000, memoryBytes, pids };
}

async function number(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8'));
}

/** The root of a tree may refuse too: it is the parent of a path with one element. */
function ignoreInUse(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'EBUSY' && code !== 'ENOTEMPTY' && code !== 'EPERM' && code !== 'ENOTDIR') throw error;
}
