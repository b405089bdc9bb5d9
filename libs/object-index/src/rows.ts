/** One put (value) or delete (undefined) of a row; keys as in row-keys.ts. Log entries hold only these (REPLICATION W2). */
export interface RowChange {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

/** What evaluation may read: the committed state of one partition with the pending changes over it. Synchronous, so that a command is decided at one instant. */
export interface RowView {
  get(key: Buffer): Buffer | undefined;
  /** Rows with `gte <= key < lt`, ascending (or descending); the caller stops when it has enough. */
  scan(range: { gte: Buffer; lt: Buffer; reverse?: boolean }): Iterable<readonly [Buffer, Buffer]>;
}
