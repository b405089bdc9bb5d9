import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPackages, say, succeeds } from './command.ts';

const START_BOUND_MS = 60_000;
const STOP_BOUND_MS = 30_000;
const LOOK_MS = 250;
const SHOWN_LINES = 5;

/** Why this machine has no engine, and gets none. */
export class NoEngineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoEngineError';
  }
}

/**
 * A Docker engine that answers: the machine's, or one that is started here and ends with the disposal, from Debian's packages when there is none.
 * Throws NoEngineError where that cannot be.
 */
export async function ensureEngine(): Promise<AsyncDisposable> {
  if (answers()) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const host = process.env['DOCKER_HOST'];
  if (host !== undefined) throw new NoEngineError(`the Docker engine at DOCKER_HOST=${host} does not answer`);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new NoEngineError('no Docker engine answers, and only root on Linux can start one');
  if (!succeeds('dockerd', ['--version']) && !(await installPackages(['docker.io', 'iptables'])))
    throw new NoEngineError('Docker Engine is not installed, and cannot be from here');
  // A package may have started its service.
  if (answers()) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  return startEngine();
}

function answers(): boolean {
  return succeeds('docker', ['version', '--format', '{{.Server.Version}}']);
}

async function startEngine(): Promise<AsyncDisposable> {
  const scratch = mkdtempSync(join(tmpdir(), 'pilvi-engine-'));
  const logFile = join(scratch, 'dockerd.log');
  const log = openSync(logFile, 'a');
  const child = spawn('dockerd', [], { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const gone = once(child, 'exit').catch(() => undefined);
  const killNow = (): void => void child.kill('SIGTERM');
  process.once('exit', killNow);
  const untilMs = performance.now() + START_BOUND_MS;
  while (!answers()) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > untilMs) {
      await stop(child, gone);
      const end = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
      rmSync(scratch, { recursive: true });
      throw new NoEngineError(`dockerd does not start here:\n${end}`);
    }
    await sleep(LOOK_MS);
  }
  say('started a Docker engine for this run');
  return {
    async [Symbol.asyncDispose]() {
      process.off('exit', killNow);
      await stop(child, gone);
      // Its bridge outlives it.
      succeeds('ip', ['link', 'delete', 'docker0']);
      rmSync(scratch, { recursive: true });
    },
  };
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  child.kill('SIGTERM');
  const bound = setTimeout(() => child.kill('SIGKILL'), STOP_BOUND_MS);
  await gone;
  clearTimeout(bound);
}
