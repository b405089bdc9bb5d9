import type { Clock } from '@pilvi/runtime';
import { ControlStoreError } from './errors.ts';

/**
 * Waits until a commit counts. It goes on whether or not anyone waits; only its outcome stays unknown to a caller whose time is
 * up, or who gave up: ControlStoreError `outcome-unknown`.
 */
export async function countedInTime(
  { clock, boundMs, signal }: { clock: Clock; boundMs: number; signal: AbortSignal | undefined },
  counted: Promise<undefined>,
): Promise<void> {
  const gaveUp = Promise.withResolvers<never>();
  const unknown = (cause?: unknown): void => {
    gaveUp.reject(new ControlStoreError('outcome-unknown', 'the commit was not counted in time', cause === undefined ? {} : { cause }));
  };
  const abort = (): void => {
    unknown(signal?.reason);
  };
  const timer = clock.after(boundMs, unknown);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([counted, gaveUp.promise]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
}
