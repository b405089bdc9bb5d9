/** What can be wrong with the place a process is started in. */
export type RuntimeErrorCode =
  /** A variable of the environment is missing or malformed; `details.variable` names it. */
  | 'bad-configuration'
  /** The data directory was written by another version of Pilvi's format. */
  | 'format-version'
  /** The data directory belongs to another kind of process. */
  | 'wrong-kind'
  /** The data directory belongs to another user. */
  | 'wrong-owner'
  /** A living process uses the data directory. */
  | 'locked'
  /** The path is not usable as a data directory: not a directory, not empty, not readable. */
  | 'bad-directory'
  /** The owner file is there but cannot be understood. */
  | 'damaged'
  /** Background work did not end within its bound. */
  | 'shutdown-timeout'
  /** A bounded queue is full. */
  | 'queue-full';

/** The one error of this library. The message is written for the person who starts the process. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(code: RuntimeErrorCode, message: string, options: { details?: Record<string, string | number>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
