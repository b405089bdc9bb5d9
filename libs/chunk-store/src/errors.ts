export type ChunkStoreErrorCode =
  /** No such chunk here. */
  | 'not-found'
  /** What is stored does not pass its checksums. */
  | 'damaged'
  | 'no-space'
  /** The bytes given do not have the CRC-32 named. */
  | 'bad-checksum'
  /** The disk could not be written; the process must end (D5). */
  | 'write-failed'
  /** Stored by a later version. */
  | 'format-version';

/** The one error of this library. */
export class ChunkStoreError extends Error {
  override readonly name = 'ChunkStoreError';
  readonly code: ChunkStoreErrorCode;

  constructor(code: ChunkStoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
