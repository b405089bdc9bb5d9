import { link, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where conmon writes. At its limit it begins a new file under the same name, and the old one would be gone: a second name keeps it. */
export const CONSOLE_LOG = 'log';
const HELD = 'held';
export const PREVIOUS = 'previous';

/** Gives the file that conmon writes now a second name; the one that had it becomes the previous. Called again and again. */
export async function keepConsole(directory: string): Promise<void> {
  const [current, held] = await Promise.all([inode(join(directory, CONSOLE_LOG)), inode(join(directory, HELD))]);
  if (current === undefined || current === held) return;
  if (held !== undefined) await rename(join(directory, HELD), join(directory, PREVIOUS));
  await link(join(directory, CONSOLE_LOG), join(directory, HELD)).catch(ignoreAbsent);
}

/** The last bytes of what the task wrote. */
export async function readConsoleLog(directory: string, maxBytes: number): Promise<Buffer> {
  await keepConsole(directory);
  const files = await Promise.all([PREVIOUS, HELD].map((name) => readFile(join(directory, name)).catch(ignoreAbsent)));
  return Buffer.concat(files.map((file) => withoutPrefixes(file ?? Buffer.alloc(0)))).subarray(-maxBytes);
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const PARTIAL = 0x50;

/** Lines of the Kubernetes log format, `TIME STREAM F|P TEXT`, as the task wrote them: P is a piece of a line without its end. */
export function withoutPrefixes(log: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < log.length;) {
    const newline = log.indexOf(NEWLINE, start);
    const end = newline === -1 ? log.length : newline + 1;
    const tag = log.indexOf(SPACE, log.indexOf(SPACE, start) + 1) + 1;
    const isWhole = log[tag] !== PARTIAL;
    parts.push(log.subarray(tag + 2, isWhole ? end : end - 1));
    start = end;
  }
  return Buffer.concat(parts);
}

async function inode(path: string): Promise<number | undefined> {
  return (await stat(path).catch(ignoreAbsent))?.ino;
}

function ignoreAbsent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  return undefined;
}
