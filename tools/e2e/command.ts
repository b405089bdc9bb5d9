import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../test-counts.ts';

/** What took long to make lies here between runs, outside every checkout. */
export const cacheDirectory = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pilvi');

const SHOWN_LINES = 40;

/** Whether a command ends well. Says nothing. */
export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: repositoryRoot, stdio: 'ignore' }).status === 0;
}

/** What a command prints; undefined when it fails. */
export function outputOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: repositoryRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a command, and shows the end of what it printed only when it fails. Throws then. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const collect = (data: Buffer): void => void (printed += data.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  if ((await promise) === 0) return;
  const end = printed.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed:\n${end}`);
}

export function say(text: string): void {
  process.stdout.write(`e2e: ${text}\n`);
}

/** Installs packages where that can be done: root, on Debian or the like. False where it cannot, or is not wanted (PILVI_NO_APT=1). */
export async function installPackages(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || process.env['PILVI_NO_APT'] === '1' || !succeeds('apt-get', ['--version'])) return false;
  say(`installing ${packages.join(', ')} ...`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  await run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env });
  return true;
}
