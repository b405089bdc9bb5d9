import { randomInt } from 'node:crypto';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A kind of stored file, or a directory of them. */
export interface DamageKind {
  readonly name: string;
  readonly of: 'storage' | 'gateway';
  /** Relative to the process's data directory: a name, or a pattern of paths below a directory. Empty: the directory itself. */
  readonly directory: string;
  /** Undefined: the whole directory. */
  readonly file: RegExp | undefined;
}

const inDirectory = (name: string, directory: string, file: RegExp, of: DamageKind['of'] = 'storage'): DamageKind => ({
  name,
  of,
  directory,
  file,
});
const whole = (name: string, directory: string, of: DamageKind['of'] = 'storage'): DamageKind => ({ name, of, directory, file: undefined });

/** Everything that a process of the cluster stores. */
export const DAMAGE_KINDS: readonly DamageKind[] = [
  inDirectory('log segment', 'log', /^segment-/),
  inDirectory('log manifest', 'log', /^manifest$/),
  whole('log directory', 'log'),
  inDirectory('row table', 'rows', /\.ldb$/),
  inDirectory('row database log', 'rows', /^\d+\.log$/),
  inDirectory('row MANIFEST', 'rows', /^MANIFEST-/),
  inDirectory('row CURRENT', 'rows', /^CURRENT$/),
  whole('row directory', 'rows'),
  inDirectory('chunk', 'chunks', /^[0-9a-f]{2}\/[0-9a-f]{32}$/),
  inDirectory('chunk format', 'chunks', /^format$/),
  whole('chunk directory', 'chunks'),
  inDirectory('identity', '', /^identity\.json$/),
  inDirectory('mirror segment', 'control', /^segment-/),
  inDirectory('mirror manifest', 'control', /^manifest$/),
  whole('mirror directory', 'control'),
  whole('node directory', ''),
  inDirectory('gateway segment', 'control', /^segment-/, 'gateway'),
  inDirectory('gateway manifest', 'control', /^manifest$/, 'gateway'),
  whole('gateway control directory', 'control', 'gateway'),
  whole('gateway directory', '', 'gateway'),
];

/** Deletes it, or flips one bit of a byte that is not zero. What was hit, or undefined when no such file is there. */
export async function damage(kind: DamageKind, processDirectory: string, how: 'flip' | 'delete'): Promise<string | undefined> {
  const directory = join(processDirectory, kind.directory);
  if (kind.file === undefined) {
    await rm(directory, { recursive: true, force: true });
    return `${kind.directory}/`;
  }
  const candidates: { path: string; content: Buffer }[] = [];
  for (const name of await readdir(directory, { recursive: kind.directory === 'chunks' }).catch(() => [])) {
    if (!kind.file.test(name)) continue;
    const path = join(directory, name);
    const content = await readFile(path);
    if (content.some((byte) => byte !== 0)) candidates.push({ path, content });
  }
  const chosen = candidates[randomInt(Math.max(1, candidates.length))];
  if (chosen === undefined) return undefined;
  if (how === 'delete') {
    await rm(chosen.path);
    return chosen.path.slice(processDirectory.length + 1);
  }
  const at = placeToFlip(chosen.content);
  await using file = await open(chosen.path, 'r+');
  await file.write(Buffer.of((chosen.content[at] ?? 0) ^ 1), 0, 1, at);
  return `${chosen.path.slice(processDirectory.length + 1)} at ${String(at)}`;
}

/** Preallocated files are mostly zeros or remains of what was there before, which nobody reads: any other byte near the beginning. */
const NEAR_BYTES = 8_192;

function placeToFlip(content: Buffer): number {
  let end = Math.min(content.length, NEAR_BYTES);
  while (content[end - 1] === 0) end--;
  let at = randomInt(end);
  while (content[at] === 0) at++;
  return at;
}
