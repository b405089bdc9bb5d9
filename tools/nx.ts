import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from './test-counts.ts';

/** No daemon, no cloud, no telemetry: Nx only orders the work of this machine and remembers its results. */
const NX_ENVIRONMENT = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_ANALYTICS: 'false', NX_TUI: 'false', NX_VERBOSE_LOGGING: 'false' };

/** Runs a program of node_modules/.bin (nx, prettier, ...) at the root, its output passed on. Answers the exit code. */
export async function runTool(tool: string, args: readonly string[]): Promise<number> {
  const bin = join(repositoryRoot, 'node_modules', '.bin');
  const child = spawn(join(bin, tool), args, {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    // First on the path, so that whatever a tool starts is the pinned Node too.
    env: { ...process.env, ...NX_ENVIRONMENT, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', (code) => {
    resolve(code ?? 1);
  });
  return promise;
}

/** `nx run-many -t TARGET`, two projects at a time: all of them, or `anew` those of some folders, whatever Nx remembers of them. */
export function runTarget(target: string, { anew }: { readonly anew?: readonly string[] } = {}): Promise<number> {
  const which = anew === undefined ? [] : [`--projects=${anew.map((folder) => `directory:${folder}`).join(',')}`, '--skip-nx-cache'];
  return runTool('nx', ['run-many', '-t', target, '--parallel=2', '--output-style=static', ...which]);
}
