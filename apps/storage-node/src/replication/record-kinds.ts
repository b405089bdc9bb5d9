/** What the records of this node's replication log hold. Numbers are on disk: never reuse one. */
export const RecordKind = {
  /** A replicated entry of a partition. */
  entry: 1,
  /** Entries above a sequence number are void. */
  truncate: 2,
  /** The configuration under which the partition acts, and the highest epoch promised (E1). */
  config: 3,
  /** The point a snapshot or checkpoint starts from. */
  base: 4,
  /** The rows are durable up to here: what is below may be missing from the log, and must not be missing from the rows. */
  checkpointed: 5,
  /** A chunk was stored. */
  chunkAdded: 10,
  /** Chunks were deleted. */
  chunksRemoved: 11,
} as const;
