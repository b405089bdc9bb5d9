/** An operation that was answered: asked and answered at, on the monotonic clock. */
export interface Served {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** How much of the service was missing. */
export interface Interruption {
  readonly operations: number;
  /** The longest time in which nobody was served: between two answers, from the beginning to the first, or from the last to the end. */
  readonly longestGapMs: number;
  /** The longest that any one client waited, its retries included. */
  readonly longestWaitMs: number;
}

/** Of the operations between two times. Without a single one the gap is all of it. Pure. */
export function interruptionOf(served: readonly Served[], fromMs: number, untilMs: number): Interruption {
  const ends = served.map((operation) => operation.endedMs).toSorted((a, b) => a - b);
  let [longestGapMs, previousMs] = [0, fromMs];
  for (const endMs of [...ends, untilMs]) {
    longestGapMs = Math.max(longestGapMs, endMs - previousMs);
    previousMs = endMs;
  }
  const longestWaitMs = served.reduce((longest, { beganMs, endedMs }) => Math.max(longest, endedMs - beganMs), 0);
  return { operations: served.length, longestGapMs: Math.round(longestGapMs), longestWaitMs: Math.round(longestWaitMs) };
}
