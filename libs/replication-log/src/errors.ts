export type ReplicationLogErrorCode =
  /** A file of another version: refused, not misread. */
  | 'unknown-format'
  /** A record above the limit. */
  | 'record-too-large'
  /** A write or an fsync failed: nothing is appended any more (D5). */
  | 'write-failed'
  | 'closed';

export class ReplicationLogError extends Error {
  override readonly name = 'ReplicationLogError';
  readonly code: ReplicationLogErrorCode;

  constructor(code: ReplicationLogErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
