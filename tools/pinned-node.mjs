// Runs a program on the Node that this project pins (npm package `node`), from whatever Node >= 20 the machine has.
// Plain JavaScript: it must run before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

/** Path of the pinned Node's binary; it may not exist yet. */
export const pinnedNodePath = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Runs `node ...args` with this process's terminal, passes signals on, and ends as it ends: same exit code, 128 + n for signal n. */
export async function runPinned(args) {
  if (!existsSync(pinnedNodePath)) {
    process.stderr.write('The pinned Node is not installed. Run: node tools/bootstrap.mjs\n');
    process.exit(1);
  }
  const child = spawn(pinnedNodePath, args, { stdio: 'inherit' });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}
