const KIB = 1024;
const MIB = 1024 * KIB;

/** Every bound of the data path has its name here. */
export interface ObjectStoreSettings {
  /** Objects up to this length ride in the index record: one replicated write (DESIGN 4). */
  readonly inlineMaxBytes: number;
  readonly chunkSizeBytes: number;
  /** Chunks of one upload that are not yet durable on enough holders; the client's socket waits beyond. */
  readonly windowChunks: number;
  /** Chunks by which one holder may lag behind the others before the upload waits for it. */
  readonly lagChunks: number;
  /** A lagging holder without any progress for so long is left out of the extent; repair fills it later (K1). */
  readonly stallMs: number;
  /**
   * When enough holders have all of an upload, those that lag are waited for so long for each chunk that they lack, though at most half as long as it took until
   * then: a copy that is not named in the commit has to be found by repair. Then they go on beside the commit.
   */
  readonly lateMs: number;
  /** Longest wait for lagging holders at the end of an upload while too few have all of it, and beside the commit. */
  readonly finishMaxMs: number;
  /** How long a chunk is offered to its holders again and again while too few have it. */
  readonly placePatienceMs: number;
  /** Chunk bytes under way to holders, over all uploads of the process. */
  readonly writeBudgetBytes: number;
  /** Bytes that one read fetches ahead of its client. */
  readonly prefetchBytes: number;
  /** Bytes fetched ahead, over all reads of the process; a read always has one piece beside this. */
  readonly readBudgetBytes: number;
  /** A second holder is asked when the first is silent for so long. */
  readonly hedgeMs: number;
  /** A holder that failed or was slow is asked last, and beside the data path this often whether it answers; once it does, it is trusted again. */
  readonly probeMs: number;
  /** Probes that fail before a holder is forgotten: it has left, or the next request will find out. */
  readonly probeTries: number;
  /** How long a read asks again when no holder can be reached. */
  readonly readPatienceMs: number;
  /** Long uploads show a sign of life this often (K2). */
  readonly renewIntentMs: number;
  /** Commits tried when the holders named are no longer those of the partition (K1). */
  readonly commitTries: number;
  /** How long an intent's abortion is tried; the sweeper fences the rest (K2). */
  readonly abortIntentMs: number;
}

export const DEFAULT_OBJECT_STORE_SETTINGS: ObjectStoreSettings = {
  inlineMaxBytes: 32 * KIB,
  chunkSizeBytes: 1 * MIB,
  windowChunks: 4,
  lagChunks: 8,
  stallMs: 1_000,
  lateMs: 100,
  finishMaxMs: 5_000,
  placePatienceMs: 30_000,
  writeBudgetBytes: 256 * MIB,
  prefetchBytes: 4 * MIB,
  readBudgetBytes: 256 * MIB,
  hedgeMs: 100,
  probeMs: 500,
  probeTries: 1_200,
  readPatienceMs: 30_000,
  renewIntentMs: 60_000,
  commitTries: 4,
  abortIntentMs: 10_000,
};
