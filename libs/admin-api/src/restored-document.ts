/** Answer to `GET /_pilvi/control-store/restored`. */
export interface RestoredDocument {
  /** Undefined: this cluster's control data was never restored. */
  readonly restored: RestoredReport | undefined;
  /** Why the gateway does not serve yet; empty when it does. */
  readonly waiting: string;
}

/** What a restore of the control data came to. */
export interface RestoredReport {
  readonly restoreId: string;
  readonly backup: { readonly takenAt: string; readonly revision: number };
  readonly restoredAt: string;
  /** What a person should know. */
  readonly findings: readonly string[];
  /** Ids of buckets of which nodes hold objects, and that have no name any more. */
  readonly unknownBuckets: readonly { readonly id: string }[];
}
