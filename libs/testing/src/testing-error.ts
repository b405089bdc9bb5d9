/** What can go wrong. */
export type PilviTestingErrorCode =
  /** No container engine answers. */
  | 'no-engine'
  /** An image is neither there nor can it be pulled. */
  | 'image-missing'
  /** An option that makes no cluster. */
  | 'bad-option'
  /** No process of the cluster has this name. */
  | 'no-such-member'
  /** What was asked does not go with the state that the process is in (`details.state`). */
  | 'wrong-state'
  /** A container ended before it was ready; the end of its log is in the message. */
  | 'start-failed'
  /** What was waited for did not come about in time. */
  | 'timed-out'
  /** No gateway tells the status. */
  | 'status-unavailable'
  /** The fault needs disks of known size: `Cluster.start({ disks: { sizeBytes } })`. */
  | 'needs-own-disks'
  /** Delays need the engine's kernel to have sch_netem. */
  | 'kernel-lacks-netem'
  /** A tool that makes a fault failed; what it said is in the message. */
  | 'fault-failed';

export interface PilviTestingErrorDetails {
  readonly member?: string;
  readonly state?: string;
  readonly image?: string;
}

/** The one class of errors of this library; `code` tells them apart. */
export class PilviTestingError extends Error {
  override readonly name = 'PilviTestingError';
  readonly code: PilviTestingErrorCode;
  readonly details: PilviTestingErrorDetails;

  constructor(code: PilviTestingErrorCode, message: string, options: { details?: PilviTestingErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
