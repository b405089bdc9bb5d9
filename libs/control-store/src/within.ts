import type { Clock } from '@pilvi/runtime';
import { ControlStoreError } from './errors.ts';

/** Runs a remote call for at most `boundMs`; it is told to stop, and not waited for, when the time is up or `outer` aborts. */
export async function within<T>(
  { clock, boundMs, outer }: { clock: Clock; boundMs: number; outer: AbortSignal },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    stopped.reject(reason);
    stop.abort(reason);
  };
  const abort = (): void => {
    end(new ControlStoreError('closed', 'the control store is closing', { cause: outer.reason }));
  };
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  const timer = clock.after(boundMs, () => {
    end(new ControlStoreError('unavailable', `no answer within ${String(boundMs)} ms`));
  });
  try {
    return await Promise.race([stopped.promise, run(stop.signal)]);
  } finally {
    timer.cancel();
    outer.removeEventListener('abort', abort);
  }
}
