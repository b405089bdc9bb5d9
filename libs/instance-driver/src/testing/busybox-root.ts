import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { IdRange } from '../task-spec.ts';

const BUSYBOX = '/bin/busybox';

/** Makes a root with busybox alone, whose files belong to the range. */
export function makeBusyboxRoot(path: string, { firstId }: IdRange): void {
  for (const name of ['', 'bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'mnt']) {
    mkdirSync(join(path, name), { recursive: true, mode: 0o755 });
    chownSync(join(path, name), firstId, firstId);
  }
  chmodSync(join(path, 'tmp'), 0o1777);
  copyFileSync(BUSYBOX, join(path, 'bin', 'busybox'));
  for (const applet of execFileSync(BUSYBOX, ['--list']).toString().trim().split('\n')) {
    if (applet === 'busybox') continue;
    symlinkSync('busybox', join(path, 'bin', applet));
    lchownSync(join(path, 'bin', applet), firstId, firstId);
  }
}
