import { existsSync, mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openCrunDriver } from '../crun/crun-driver.ts';
import { findCgroups } from '../crun/cgroups.ts';
import { missingRequirements } from '../crun/missing-requirements.ts';
import type { InstanceDriver } from '../instance-driver.ts';
import { makeBusyboxRoot } from './busybox-root.ts';
import type { IdRange } from '../task-spec.ts';

export const ID_RANGE: IdRange = { firstId: 0x70000000, count: 65_536 };

/** Why crun cannot be tried here, for node:test's `skip`; false when it can. */
export function whyNoCrun(): string | false {
  const missing = [...missingRequirements(), ...(existsSync('/bin/busybox') ? [] : ['/bin/busybox (Debian package busybox-static)'])];
  return missing.length > 0 ? `NOT TRIED: this machine lacks ${missing.join(', ')}` : false;
}

export interface CrunMachine extends AsyncDisposable {
  readonly directory: string;
  readonly rootDirectory: string;
  readonly cgroupParent: string;
  readonly driver: InstanceDriver;
  reopen(): Promise<InstanceDriver>;
}

/** A driver with everything of its own; at the end its tasks are destroyed, and it must have left no cgroup. */
export async function openCrunMachine(): Promise<CrunMachine> {
  const directory = mkdtempSync(join(tmpdir(), 'pilvi-crun-'));
  // The task's root user must get to its root directory.
  chmodSync(directory, 0o711);
  const rootDirectory = join(directory, 'root');
  makeBusyboxRoot(rootDirectory, ID_RANGE);
  const cgroupParent = `/${basename(directory)}`;
  const open = (): Promise<InstanceDriver> => openCrunDriver({ stateDirectory: join(directory, 'state'), cgroupParent });
  let driver = await open();
  return {
    directory,
    rootDirectory,
    cgroupParent,
    get driver() {
      return driver;
    },
    async reopen() {
      await driver[Symbol.asyncDispose]();
      driver = await open();
      return driver;
    },
    async [Symbol.asyncDispose]() {
      for (const id of await driver.list()) await driver.destroy(id, AbortSignal.timeout(30_000));
      await driver[Symbol.asyncDispose]();
      const left = findCgroups().directories(cgroupParent).filter(existsSync);
      rmSync(directory, { recursive: true });
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
    },
  };
}
