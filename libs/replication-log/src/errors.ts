export type ReplicationLogErrorCode =
  /** A file of another version: refused, not misread. */
  | 'unknown-format'
  /** The log is damaged: what is whole can be replayed, nothing is appended. */
  | 'damaged'
  /** A record above MAX_RECORD_BYTES. */
  | 'record-too-large'
  /** A write or an fsync failed: nothing is appended any more (D5). */
  | 'write-failed'
  | 'closed';

/** The one error of this library. */
export class ReplicationLogError extends Error {
  override readonly name = 'ReplicationLogError';
  readonly code: ReplicationLogErrorCode;

  constructor(code: ReplicationLogErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
