import { sleepOn } from './clock.ts';
import type { Cancellable, Clock } from './clock.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on and fires what falls due, in order of time; lets promises settle between two of them. */
  advance(ms: number): Promise<void>;
  /** Timers and sleepers waiting. */
  readonly waiting: number;
}

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly callback: () => void;
}

/** Starts at the given wall time; its monotonic time starts at 0. */
export function createManualClock(startWallMs = 1_700_000_000_000): ManualClock {
  let nowMs = 0;
  const timers = new Set<Timer>();

  const add = (ms: number, everyMs: number | undefined, callback: () => void): Cancellable => {
    const timer = { dueMs: nowMs + Math.max(0, ms), everyMs, callback };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  };
  const next = (untilMs: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    return first;
  };

  const clock: ManualClock = {
    monotonicMs: () => nowMs,
    wallMs: () => startWallMs + Math.floor(nowMs),
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    after: (ms, callback) => add(ms, undefined, callback),
    interval: (ms, callback) => add(ms, Math.max(1, ms), callback),
    async advance(ms) {
      await settle();
      const untilMs = nowMs + ms;
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        nowMs = Math.max(nowMs, timer.dueMs);
        if (timer.everyMs === undefined) timers.delete(timer);
        else timer.dueMs += timer.everyMs;
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
      await settle();
    },
    get waiting() {
      return timers.size;
    },
  };
  return clock;
}

/** Lets every promise that can settle without I/O do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
