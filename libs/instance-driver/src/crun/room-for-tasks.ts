import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError } from '../errors.ts';
import { findCgroups } from './cgroups.ts';

const ROOT = '/sys/fs/cgroup';
/** Of the processes that were in the root before; relative to it. */
const OWN_GROUP = 'pilvi-own';
const MOST_ROUNDS = 100;

/**
 * In version 2 a group that has processes gives no controllers to groups below it, unless it is the machine's root (cgroups(7), "no internal
 * processes" rule). In a container without systemd all processes are in what it sees as the root: they move to a group below, so that those
 * of tasks can have limits. Elsewhere nothing is to be done. Throws DriverError `unsupported` when the container may not change its groups.
 */
export async function makeRoomForTasks(): Promise<void> {
  // The machine's root has no type.
  if (findCgroups().version === 1 || !existsSync(join(ROOT, 'cgroup.type'))) return;
  try {
    if (processesInRoot().length === 0) return;
    await mkdir(join(ROOT, OWN_GROUP), { recursive: true });
    // Those that are moved may be making more.
    for (let round = 0; round < MOST_ROUNDS && processesInRoot().length > 0; round++)
      for (const pid of processesInRoot()) await writeFile(join(ROOT, OWN_GROUP, 'cgroup.procs'), pid).catch(ignoreGone);
    const staying = processesInRoot();
    if (staying.length > 0) throw new Error(`processes ${staying.join(', ')} stay in its root`);
  } catch (cause) {
    throw new DriverError('unsupported', `the control groups of this container cannot be changed: ${(cause as Error).message}`, cause);
  }
}

function processesInRoot(): readonly string[] {
  return readFileSync(join(ROOT, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter((pid) => pid !== '');
}

function ignoreGone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
}
