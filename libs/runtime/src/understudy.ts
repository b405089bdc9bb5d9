/** Environment variable that makes a process wait for its call before it starts. */
export const UNDERSTUDY = 'PILVI_UNDERSTUDY';

/**
 * Resolves when this process may start: at once, or, where it was started as an understudy, when something comes on its standard input. Its program is
 * loaded by then, which is most of a start, and it has rehearsed. It ends when whoever would call it is gone.
 */
export function calledUpon(rehearse?: () => Promise<void>): Promise<void> {
  if (process.env[UNDERSTUDY] !== '1') return Promise.resolve();
  // One that could not rehearse is only slower.
  rehearse?.().catch(() => undefined);
  return new Promise((resolve) => {
    const leave = (): never => process.exit(0);
    process.stdin.once('end', leave);
    process.stdin.once('data', () => {
      process.stdin.off('end', leave);
      process.stdin.destroy();
      resolve();
    });
  });
}
