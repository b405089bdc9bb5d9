/** One put (value) or delete (undefined) of a row; keys as in row-keys.ts. Log entries hold only these (REPLICATION W2). */
export interface RowChange {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** Rows with `gte <= key < lt`. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
  /** Only so many rows are needed; absent: all. */
  readonly limit?: number;
}

/**
 * What evaluation may read: one partition's rows at one instant. Synchronous, so that a command is decided at that instant. `scan` answers only
 * the ranges that `rangesToRead` named for the command, in key order: a store whose iterators are asynchronous reads them ahead.
 */
export interface RowView {
  get(key: Buffer): Buffer | undefined;
  scan(range: KeyRange): Iterable<readonly [key: Buffer, value: Buffer]>;
}

/** Rows of one partition for LIST: keys in order from a position on, and a jump forward. */
export interface RowCursor extends AsyncDisposable {
  /** The next rows, at most `count`; empty at the end of the range. */
  next(count: number): Promise<readonly (readonly [key: Buffer, value: Buffer])[]>;
  /** Goes on at the first key that is not below `key`. */
  seek(key: Buffer): void;
}
