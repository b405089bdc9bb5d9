import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { RuntimeError } from './errors.ts';
import { createProcessLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { calledUpon } from './understudy.ts';
import type { Rehearsal } from './understudy.ts';

/** Exit codes of every process. */
export const ExitCode = {
  OK: 0,
  /** Could not start, or failed later; the log and standard error say why. */
  FAILED: 1,
  /** Shutdown did not end within its bound. */
  SHUTDOWN_TIMEOUT: 3,
} as const;

export const STOP_BOUND_MS = 30_000;

export interface ProcessContext {
  readonly log: Logger;
  /** Aborts when the process is asked to stop: for starts that take long. */
  readonly stopping: AbortSignal;
  /** Ends the process: D5's first write error, a lost lock. Logged as fatal; exit code 1, without a graceful shutdown. */
  readonly fail: (error: unknown) => never;
}

export interface ProcessOptions {
  /** For example `storage-1`: names the pid file and the log. */
  readonly name: string;
  /** The cluster's data directory: holds `run/` and `log/`. */
  readonly dataDir: string;
  /** Wires everything and resolves when it serves; its disposal is the graceful shutdown. */
  readonly start: (context: ProcessContext) => Promise<AsyncDisposable>;
  readonly stopBoundMs?: number;
  /** What an understudy does while it waits: code that has run once starts faster. It must touch nothing that the process it stands by for uses. */
  readonly rehearse?: Rehearsal;
}

/** Runs one process; as an understudy when it is called upon. */
export function runProcess(options: ProcessOptions): void {
  void calledUpon(options.rehearse).then(() => {
    run(options);
  });
}

/**
 * The life of one process: pid file `<data dir>/run/<name>.pid`, log `<data dir>/log/<name>.log` (or standard output), graceful shutdown on SIGTERM and
 * SIGINT within a bound (a second signal ends it at once), and exit code 1 with a plain message when it cannot start.
 */
function run(options: ProcessOptions): void {
  const { name, dataDir, start, stopBoundMs = STOP_BOUND_MS } = options;
  let log: Logger;
  try {
    log = createProcessLogger({ name, file: join(dataDir, 'log', `${name}.log`) });
  } catch (error) {
    process.stderr.write(`${name}: ${messageOf(error)}\n`);
    process.exit(ExitCode.FAILED);
  }
  const pidFile = writePidFile(dataDir, name);
  process.on('exit', () => removePidFile(pidFile));

  const fail = (error: unknown): never => {
    log.fatal({ err: error }, 'process failed');
    process.stderr.write(`${name}: ${messageOf(error)}\n`);
    return process.exit(ExitCode.FAILED);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  const stopping = new AbortController();
  // A turn later: a signal that comes in the first moment of the start finds its handler.
  const started = Promise.resolve().then(() => start({ log, stopping: stopping.signal, fail }));
  const stop = async (signal: NodeJS.Signals): Promise<never> => {
    if (stopping.signal.aborted) {
      log.warn({ signal }, 'stopped at once');
      return process.exit(ExitCode.FAILED);
    }
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.fatal({ stopBoundMs }, 'shutdown took too long');
      process.exit(ExitCode.SHUTDOWN_TIMEOUT);
    }, stopBoundMs).unref();
    stopping.abort(new DOMException('stopping', 'AbortError'));
    // A start given up because of this stop is a clean end.
    const running = await started.catch(() => undefined);
    await running?.[Symbol.asyncDispose]();
    log.info('stopped');
    return process.exit(ExitCode.OK);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal).catch(fail));
  tellThatSignalsAreHeard();
  started.then(
    () => {
      log.info({ pid: process.pid }, 'started');
      // Node itself keeps what it compiled only at its exit: a process that is killed would compile all of it again.
      flushCompileCache();
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) fail(error);
    },
  );
}

/** To who started it, if that wants to know: before this moment a signal only ends the process. */
function tellThatSignalsAreHeard(): void {
  // Whoever started it may be gone by then.
  process.send?.('hears signals', undefined, undefined, () => {
    if (process.connected) process.disconnect?.();
  });
}

/** For a person: our own errors explain themselves, others keep their stack. */
function messageOf(error: unknown): string {
  if (error instanceof RuntimeError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function writePidFile(dataDir: string, name: string): string {
  const directory = join(dataDir, 'run');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${name}.pid`);
  writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  return file;
}

/** Unless a successor has written its own already. */
function removePidFile(file: string): void {
  try {
    if (readFileSync(file, 'utf8').trim() === String(process.pid)) rmSync(file, { force: true });
  } catch {
    // gone already
  }
}
