import type { Logger } from 'pino';
import { backoffMs } from './backoff.ts';
import type { BackoffPolicy } from './backoff.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { RuntimeError } from './errors.ts';
import { systemRandom } from './random.ts';
import type { Random } from './random.ts';

const RESTART_BACKOFF: BackoffPolicy = { firstMs: 100, capMs: 10_000, factor: 2 };
/** A task that ran this long had recovered: its next failure counts as the first. */
const HEALTHY_AFTER_MS = 30_000;

/** What becomes of a task that throws. It is logged in every case. */
export type FailurePolicy = 'log' | 'restart' | 'fatal';

export interface TaskOptions {
  /** `log` (default): it stays ended. `restart`: it runs again, with backoff. `fatal`: `onFatal` is called. */
  readonly onFailure?: FailurePolicy;
  readonly backoff?: BackoffPolicy;
}

/** Owns background work: no promise floats (STYLE 12). */
export interface Supervisor extends AsyncDisposable {
  /** Starts a task now. Its signal aborts at shutdown, and it should then end soon; what it throws afterwards is not a failure. After shutdown began nothing is started. */
  run(name: string, task: (signal: AbortSignal) => Promise<void> | void, options?: TaskOptions): void;
  /** Aborts when shutdown begins. */
  readonly signal: AbortSignal;
  /** Names of the tasks that run now. */
  readonly running: readonly string[];
  /** Asks every task to end and waits for it; rejects with RuntimeError `shutdown-timeout` naming those that do not. */
  shutdown(boundMs?: number): Promise<void>;
}

export interface SupervisorComponents {
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Called for a failed task with `onFailure: 'fatal'`. */
  readonly onFatal?: (error: unknown) => void;
}

export const SHUTDOWN_BOUND_MS = 10_000;

export function createSupervisor({ log, clock = systemClock, random = systemRandom, onFatal }: SupervisorComponents): Supervisor {
  const abort = new AbortController();
  const isStopping = (): boolean => abort.signal.aborted;
  const tasks = new Map<symbol, { name: string; done: Promise<void> }>();

  async function attend(name: string, task: (signal: AbortSignal) => Promise<void> | void, options: TaskOptions): Promise<void> {
    let failures = 0;
    while (!isStopping()) {
      const startedMs = clock.monotonicMs();
      try {
        await task(abort.signal);
        return;
      } catch (error) {
        if (isStopping()) return;
        log.error({ task: name, err: error }, 'background task failed');
        if (options.onFailure === 'fatal') onFatal?.(error);
        if (options.onFailure !== 'restart') return;
        failures = clock.monotonicMs() - startedMs >= HEALTHY_AFTER_MS ? 1 : failures + 1;
      }
      await clock.sleep(backoffMs(options.backoff ?? RESTART_BACKOFF, failures, random), abort.signal).catch(() => undefined);
    }
  }

  async function shutdown(boundMs = SHUTDOWN_BOUND_MS): Promise<void> {
    if (!abort.signal.aborted) abort.abort(new DOMException('shutting down', 'AbortError'));
    const bound = new AbortController();
    const late = clock.sleep(boundMs, bound.signal).then(
      () => true,
      () => false,
    );
    while (tasks.size > 0) {
      const isLate = await Promise.race([late, Promise.all([...tasks.values()].map((t) => t.done)).then(() => false)]);
      if (isLate && tasks.size > 0) {
        const names = [...tasks.values()].map((t) => t.name).join(', ');
        throw new RuntimeError('shutdown-timeout', `still running ${boundMs} ms after shutdown began: ${names}`, {
          details: { tasks: names },
        });
      }
    }
    bound.abort();
    await late;
  }

  return {
    run(name, task, options = {}) {
      if (abort.signal.aborted) return;
      const key = Symbol(name);
      const done = attend(name, task, options).finally(() => void tasks.delete(key));
      tasks.set(key, { name, done });
    },
    signal: abort.signal,
    get running() {
      return [...tasks.values()].map((t) => t.name);
    },
    shutdown,
    [Symbol.asyncDispose]: () => shutdown(),
  };
}
