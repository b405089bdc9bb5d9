import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why disks cannot be tried here, for node:test's `skip`; false when they can. */
export function whyNoDisks(): string | false {
  const missing = [
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...(existsSync('/dev/loop-control') ? [] : ['loop devices']),
    ...(existsSync('/sbin/mkfs.ext4') ? [] : ['mkfs.ext4 (Debian package e2fsprogs)']),
    ...(existsSync('/bin/busybox') ? [] : ['/bin/busybox (Debian package busybox-static)']),
  ];
  return missing.length > 0 ? `NOT TRIED: this machine lacks ${missing.join(', ')}` : false;
}

/** A directory for one test. At the end nothing may be mounted in it, and no loop device may hold a file of it. */
export function scratchDirectory(): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'pilvi-images-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
      const left = mounts.filter((line) => line.includes(path));
      if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
      await rm(path, { recursive: true });
    },
  };
}
