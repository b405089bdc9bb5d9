export type DriverErrorCode =
  /** No such task here. */
  | 'absent'
  /** A task with this id exists already. */
  | 'exists'
  /** The task is not in a state that allows this, for example `exec` in one that has exited. */
  | 'wrong-state'
  /** The task asks for what cannot be: a bad id, an empty command, a limit below what can run. */
  | 'bad-spec'
  /** The command is not in the task's root, or is not executable. */
  | 'command-not-found'
  /** The machine lacks what the driver needs; the message names it. */
  | 'unsupported'
  /** The runtime below failed; the message carries its words. */
  | 'runtime-failed';

/** The one error of this library. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
