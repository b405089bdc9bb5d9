import type { ChildProcess } from 'node:child_process';

/**
 * A second process of a program, which has loaded everything and waits for its call. Loading is most of a gateway's start, and all
 * clients wait for that start when the one gateway was killed.
 */
export interface Understudy {
  /** The process, called upon; undefined when it is gone. */
  call(): ChildProcess | undefined;
  dismiss(): void;
}

/** `child` reads its standard input as `calledUpon` of @pilvi/runtime does. */
export function createUnderstudy(child: ChildProcess): Understudy {
  // One that cannot start, or is gone when it is called: the next start is an ordinary one.
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  return {
    call() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
      child.stdin?.end('\n');
      return child;
    },
    dismiss: () => child.stdin?.end(),
  };
}
