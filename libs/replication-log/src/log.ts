/** Position in the log: grows with every record, never reused within one log directory. */
export type Lsn = number;

/** One record, opaque to the log. `body` is written as the concatenation of its buffers, without copying them. */
export interface LogRecord {
  /** What the body is; the log's user decides (1..255). */
  readonly kind: number;
  /** Which partition it concerns (0..65535). */
  readonly partition: number;
  readonly body: readonly Uint8Array[];
}

/** A record read back at start, in the order it was appended. */
export interface StoredRecord {
  readonly lsn: Lsn;
  readonly kind: number;
  readonly partition: number;
  readonly body: Buffer;
}

/** What opening the log found out about its state (REPLICATION D2). */
export type LogCondition =
  | { readonly kind: 'sound' }
  /** Bytes after the last whole record were dropped. */
  | { readonly kind: 'torn-tail'; readonly droppedBytes: number }
  /** A record in the middle is damaged, or a segment is missing: what follows cannot be trusted. */
  | { readonly kind: 'damaged'; readonly lsn: Lsn; readonly detail: string };

/**
 * One log per disk, shared by all partitions (REPLICATION D1): preallocated segments, a CRC per record,
 * group commit with one `fdatasync`.
 */
export interface ReplicationLog extends AsyncDisposable {
  readonly condition: LogCondition;
  /** The lsn the next record will get. */
  readonly nextLsn: Lsn;
  /** Bytes between the oldest kept record and the end. */
  readonly sizeBytes: number;
  /** Every record kept, oldest first; only before the first append. */
  replay(): AsyncIterable<StoredRecord>;
  /** Queues records in order; returns the lsn of the last one. They are durable once `durableLsn` reaches it. */
  append(records: readonly LogRecord[]): Lsn;
  /** Resolves once every record appended before this call is on disk. Rejects once, for ever, after a write error (D5). */
  sync(): Promise<void>;
  /** Highest lsn that is certainly on disk. */
  readonly durableLsn: Lsn;
  /** Records below `before` are no longer needed; whole segments are recycled. */
  trim(before: Lsn): Promise<void>;
  /** Reads all that is kept again, as far as it is durable, and says what is wrong with it, or undefined: what the next start would call damaged. */
  verify(): Promise<string | undefined>;
}

/** One group commit (D1), for who counts them. */
export interface WrittenBatch {
  readonly bytes: number;
  readonly records: number;
  readonly writeMs: number;
  readonly syncMs: number;
}
