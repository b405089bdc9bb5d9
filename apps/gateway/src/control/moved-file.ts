import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';
import type { Moved } from './control-move.ts';

/** Beside the control data that was left; `pilvi up` reads it too (apps/pilvi/src/data-directory.ts). */
const FILE = 'moved-to-etcd.json';

/** Where this gateway's control data went, or undefined. Asked before the old data is opened: nodes have seen newer revisions since. */
export async function readMovedFile(dataDir: string): Promise<Moved | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, FILE), 'utf8')) as Moved;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${join(dataDir, FILE)} cannot be read`, { cause: error });
  }
}

export async function writeMovedFile(dataDir: string, moved: Moved): Promise<void> {
  await writeFileAtomic(join(dataDir, FILE), `${JSON.stringify(moved, undefined, 2)}\n`, { mode: 0o600 });
}
