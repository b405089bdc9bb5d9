import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What this machine lacks to run tasks, in words for a person; empty when it lacks nothing. */
export function missingRequirements(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux') missing.push('Linux');
  if (process.getuid?.() !== 0) missing.push('root');
  for (const tool of ['crun', 'conmon'])
    if (findTool(tool, env) === undefined) missing.push(`the program ${tool} (Debian package ${tool})`);
  if (missing.length === 0 && !mayAdminister()) missing.push('the capability CAP_SYS_ADMIN');
  return missing;
}

/** Where a program is, by PATH and the folders of root's programs, which sudo and cron leave out. */
export function findTool(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const CAP_SYS_ADMIN = 21n;

function mayAdminister(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}
