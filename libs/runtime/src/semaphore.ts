import { RuntimeError } from './errors.ts';

/** A bound on something counted: requests under way, bytes in memory. First come, first served. */
export interface Semaphore {
  /** Resolves with the function that gives the units back (calling it twice does nothing more). More units than there are count as all. */
  acquire(units?: number, signal?: AbortSignal): Promise<() => void>;
  readonly available: number;
  readonly waiting: number;
}

interface Waiter {
  readonly units: number;
  readonly grant: () => void;
}

/** `maxWaiting` bounds the queue; beyond it `acquire` rejects with RuntimeError `queue-full`. */
export function createSemaphore(units: number, maxWaiting = Number.POSITIVE_INFINITY): Semaphore {
  let available = units;
  const waiters = new Set<Waiter>();

  const releaser = (taken: number): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      available += taken;
      for (const waiter of waiters) {
        if (waiter.units > available) return;
        waiters.delete(waiter);
        waiter.grant();
      }
    };
  };

  return {
    async acquire(wanted = 1, signal) {
      signal?.throwIfAborted();
      const taken = Math.min(wanted, units);
      if (waiters.size === 0 && taken <= available) {
        available -= taken;
        return releaser(taken);
      }
      if (waiters.size >= maxWaiting) throw new RuntimeError('queue-full', `more than ${maxWaiting} waiting`);
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          waiters.delete(waiter);
          reject(signal?.reason as Error);
        };
        const waiter: Waiter = {
          units: taken,
          grant() {
            signal?.removeEventListener('abort', abort);
            available -= taken;
            resolve(releaser(taken));
          },
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', abort, { once: true });
      });
    },
    get available() {
      return available;
    },
    get waiting() {
      return waiters.size;
    },
  };
}
