export type ObjectIndexErrorCode =
  /** A stored value does not have its checksum. */
  | 'damaged'
  /** A stored value is of a version that this software does not know: refused, not misread. */
  | 'unknown-format';

export class ObjectIndexError extends Error {
  override readonly name = 'ObjectIndexError';
  readonly code: ObjectIndexErrorCode;

  constructor(code: ObjectIndexErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
