/** Environment variable that makes a process wait for its call before it starts. */
export const UNDERSTUDY = 'PILVI_UNDERSTUDY';

/** What an understudy does while it waits; to be broken off when `signal` aborts. */
export type Rehearsal = (signal: AbortSignal) => Promise<void>;

/**
 * Resolves when this process may start: at once, or, where it was started as an understudy, when something comes on its standard input. Its program is
 * loaded by then, which is most of a start, and it may have rehearsed. It ends when whoever would call it is gone.
 */
export function calledUpon(rehearse?: Rehearsal): Promise<void> {
  if (process.env[UNDERSTUDY] !== '1') return Promise.resolve();
  const called = new AbortController();
  rehearse?.(called.signal).catch((error: unknown) => {
    // It is only slower then.
    if (!called.signal.aborted) process.stderr.write(`an understudy could not rehearse: ${String(error)}\n`);
  });
  return new Promise((resolve) => {
    const leave = (): never => process.exit(0);
    process.stdin.once('end', leave);
    process.stdin.once('data', () => {
      process.stdin.off('end', leave);
      process.stdin.destroy();
      called.abort();
      resolve();
    });
  });
}
