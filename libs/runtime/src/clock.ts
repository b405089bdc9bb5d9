/** Something that will happen unless it is cancelled. */
export interface Cancellable {
  cancel(): void;
}

/** Time, injected so that tests own it (STYLE 17). */
export interface Clock {
  /** Never goes back; only differences mean something. Milliseconds, with fractions. */
  monotonicMs(): number;
  /** Since the Unix epoch, whole milliseconds; may jump. */
  wallMs(): number;
  /** Rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once, `ms` from now. */
  after(ms: number, callback: () => void): Cancellable;
  /** Calls `callback` every `ms` until cancelled. */
  interval(ms: number, callback: () => void): Cancellable;
}

/** The machine's time. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  interval(ms, callback) {
    const timer = setInterval(callback, ms);
    return { cancel: () => clearInterval(timer) };
  },
};

/** `sleep` in terms of `after`. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const wake = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = (): void => {
      wake.cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
