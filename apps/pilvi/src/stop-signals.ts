/** npm, the bootstrap and the terminal each pass on the same Ctrl-C: what comes this soon is the same request. */
const SAME_REQUEST_MS = 1_000;

export interface StopRequest {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP. */
  readonly asked: Promise<void>;
  /** Aborted at the same moment. */
  readonly signal: AbortSignal;
  /** A second request came, and `onSecond` was called. */
  readonly killed: () => boolean;
  /** Gives the signals back. */
  readonly dispose: () => void;
}

/** The first signal asks to stop; one more, after a second, calls `onSecond`. */
export function listenForStop(onSecond: () => void, now: () => number = () => performance.now()): StopRequest {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const controller = new AbortController();
  let askedMs: number | undefined;
  let killed = false;
  const onSignal = (): void => {
    if (askedMs === undefined) {
      askedMs = now();
      controller.abort();
      resolve(undefined);
    } else if (now() - askedMs > SAME_REQUEST_MS) {
      killed = true;
      onSecond();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    asked: promise,
    signal: controller.signal,
    killed: () => killed,
    dispose: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
