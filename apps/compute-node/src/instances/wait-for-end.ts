import { DriverError } from '@pilvi/instance-driver';
import type { InstanceDriver, TaskId, TaskState } from '@pilvi/instance-driver';
import type { Cancellable, Clock } from '@pilvi/runtime';
import type { EndedRun } from './instance-record.ts';

/** For many at once on a busy machine. */
const KILL_BOUND_MS = 60_000;

/**
 * Asks a task's first process to end, and kills it after `graceMs` or when `signal` aborts. Tells how it ended; undefined when it did not run.
 * Rejects when even killing does not end it (a process that waits for a disk that does not answer).
 */
export async function waitForEnd(
  { driver, clock }: { driver: InstanceDriver; clock: Clock },
  id: TaskId,
  graceMs: number,
  signal: AbortSignal,
): Promise<EndedRun | undefined> {
  const begun = await driver.inspect(id, AbortSignal.timeout(KILL_BOUND_MS));
  if (begun.kind === 'exited') return begun.exit;
  if (begun.kind !== 'running') return undefined;
  const ended = Promise.withResolvers<TaskState>();
  const look = async (): Promise<void> => {
    const state = await driver.inspect(id, AbortSignal.timeout(KILL_BOUND_MS));
    if (state.kind !== 'running') ended.resolve(state);
  };
  const end = driver.onChange((changed) => {
    if (changed === id) look().catch(ended.reject);
  });
  let late: Cancellable | undefined;
  try {
    if (graceMs > 0) {
      await send(driver, id, 'SIGTERM');
      await Promise.race([ended.promise, clock.sleep(graceMs, signal).catch(() => undefined)]);
    }
    await send(driver, id, 'SIGKILL');
    await look();
    late = clock.after(KILL_BOUND_MS, () => {
      ended.reject(new DriverError('runtime-failed', `task ${id} does not end, though it was killed`));
    });
    const state = await ended.promise;
    return state.kind === 'exited' ? state.exit : undefined;
  } finally {
    late?.cancel();
    end();
  }
}

/** It may have ended a moment ago. */
async function send(driver: InstanceDriver, id: TaskId, name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await driver.kill(id, name, AbortSignal.timeout(KILL_BOUND_MS)).catch((error: unknown) => {
    if (!(error instanceof DriverError && error.code === 'wrong-state')) throw error;
  });
}
