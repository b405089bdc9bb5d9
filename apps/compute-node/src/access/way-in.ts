import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from '@pilvi/instance-driver';

/** One way into an instance, as its node sees it: bytes in, bytes out, and an end. */
export interface WayIn {
  /** Undefined: it takes nothing. */
  readonly input: Writable | undefined;
  readonly output: Readable;
  /** Of a command without a terminal. */
  readonly errors?: Readable;
  /** Settles after the output's end: an exit code, or 0 where nothing has one. */
  readonly ended: Promise<number>;
  resize?(size: TerminalSize): void;
  /** Whoever came in has gone. */
  leave(): void;
}

/** Why there is no way in, in words for people. */
export class NoWayIn extends Error {
  override readonly name = 'NoWayIn';
}
