import type { ManualClock } from '@pilvi/runtime';

/** Virtual time that no work of these tests needs. */
const GIVEN_UP_MS = 600_000;

/**
 * Moves the clock on until the work is done, and tells how long it took: time passes only while nothing else can happen, so that what is
 * measured is what was waited for, on a busy machine too.
 */
export async function inVirtualTime<T>(clock: ManualClock, work: PromiseLike<T>): Promise<{ readonly value: T; readonly tookMs: number }> {
  const startMs = clock.monotonicMs();
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  work.then(end, end);
  await clock.advance(0);
  while (!isDone) {
    if (clock.monotonicMs() - startMs > GIVEN_UP_MS) throw new Error('the work never ended');
    await clock.advance(1);
  }
  return { value: await work, tookMs: clock.monotonicMs() - startMs };
}
