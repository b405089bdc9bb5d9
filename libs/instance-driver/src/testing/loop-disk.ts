import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { findCgroups } from '../crun/cgroups.ts';
import type { DiskLimits } from '../task-spec.ts';

/** Why limits of disks cannot be tried here, for node:test's `skip`; false when they can. */
export function noDiskLimit(): string | false {
  if (!existsSync('/dev/loop-control')) return 'NOT TRIED: this machine lacks loop devices';
  return findCgroups().canLimitDisks ? false : 'NOT TRIED: this kernel limits no disks';
}

interface Disk extends AsyncDisposable {
  /** A directory that anyone may write to. */
  readonly place: string;
  readonly device: DiskLimits['device'];
}

/** A block device with a file system of its own, of 32 MiB. */
export function makeDisk(path: string): Disk {
  const [file, place] = [`${path}.img`, path];
  writeFileSync(file, Buffer.alloc(32 * 1024 * 1024));
  execFileSync('mkfs.ext4', ['-q', '-F', file]);
  mkdirSync(place);
  execFileSync('mount', ['-t', 'ext4', '-o', 'loop', file, place]);
  chmodSync(place, 0o777);
  const { dev } = statSync(place);
  return {
    place,
    device: { major: dev >>> 8, minor: dev & 0xff },
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['--lazy', place]);
      rmSync(file);
    },
  };
}
