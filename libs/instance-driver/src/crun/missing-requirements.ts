import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAMS = { crun: 'crun', conmon: 'conmon', unshare: 'util-linux' };

/** What this machine lacks to run tasks, in words for a person; empty when it lacks nothing. */
export function missingRequirements(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux') missing.push('Linux');
  if (process.getuid?.() !== 0) missing.push('root');
  for (const [tool, debianPackage] of Object.entries(PROGRAMS))
    if (findTool(tool, env) === undefined) missing.push(`the program ${tool} (Debian package ${debianPackage})`);
  if (missing.length === 0) missing.push(...lackingCapabilities().map((name) => `the capability ${name}`));
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

/** What root must still be allowed, and the number of each (capabilities(7), linux/capability.h). Each was tried away (docs/isolation.md). */
const NEEDED_CAPABILITIES: Readonly<Record<string, bigint>> = {
  CAP_CHOWN: 0n,
  CAP_DAC_OVERRIDE: 1n,
  CAP_FOWNER: 3n,
  CAP_SETGID: 6n,
  CAP_SETUID: 7n,
  CAP_NET_BIND_SERVICE: 10n,
  CAP_NET_ADMIN: 12n,
  CAP_SYS_CHROOT: 18n,
  CAP_SYS_ADMIN: 21n,
  CAP_MKNOD: 27n,
};

function lackingCapabilities(): string[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return Object.entries(NEEDED_CAPABILITIES).flatMap(([name, number]) => (((effective >> number) & 1n) === 1n ? [] : [name]));
}
