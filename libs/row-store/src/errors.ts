export type RowStoreErrorCode =
  /** LevelDB could not write; nothing is written any more, and the process must end (D5). */
  | 'write-failed'
  /** LevelDB cannot open or read the files, or the checkpoint's marker does not pass its checksum. */
  | 'damaged'
  /** The files are of another version: refused, not misread. */
  | 'unknown-format'
  /** A start has not yet replayed its log as far as the rows were written. */
  | 'not-settled';

/** The one error of this library. */
export class RowStoreError extends Error {
  override readonly name = 'RowStoreError';
  readonly code: RowStoreErrorCode;

  constructor(code: RowStoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
