/** One key as the store keeps it (shaped like etcd's mvccpb.KeyValue). */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Changes since creation; 1 after the first. */
  readonly version: number;
  /** 0: none. */
  readonly lease: number;
}

/** A condition of a transaction. `modRevision: 0` means that the key does not exist. */
export interface Compare {
  readonly key: string;
  readonly modRevision: number;
}

export type Change =
  | { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: number }
  | { readonly kind: 'delete'; readonly key: string };

/** The outcome of a transaction; `succeeded: false` means that a condition did not hold and nothing changed. */
export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision after it. */
  readonly revision: number;
}

export type WatchEvent =
  { readonly kind: 'put'; readonly entry: KeyValue } | { readonly kind: 'delete'; readonly key: string; readonly modRevision: number };

/** All changes of one revision that match the watch. */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

export interface RangePage {
  readonly revision: number;
  readonly entries: readonly KeyValue[];
  /** More keys follow. */
  readonly more: boolean;
}

export type ControlStoreErrorCode =
  /** The outcome of a write is unknown: read before trying again. */
  | 'outcome-unknown'
  /** Not reachable, or not enough copies: nothing was changed. */
  | 'unavailable'
  /** The watch asks for revisions that are compacted: read the range and watch from there. */
  | 'compacted'
  | 'lease-not-found'
  /** The text names no control store. */
  | 'bad-address'
  /** More bytes or changes than the engine takes in one transaction: nothing was changed, and trying again does not help. */
  | 'too-large'
  /** The file is no backup, or a damaged one. */
  | 'bad-backup'
  /** A backup is restored only where no control data is. */
  | 'not-empty'
  | 'closed';

/**
 * Small, precious state: cluster map, buckets, IAM, desired state of instances. Linearizable. Keys are UTF-8
 * paths such as `/buckets/photos`, ordered by their bytes. Every call throws ControlStoreError.
 */
export interface ControlStore extends AsyncDisposable {
  get(key: string, signal?: AbortSignal): Promise<KeyValue | undefined>;
  /** Keys that begin with `prefix`, after `startAfter`, at most `limit`. */
  range(prefix: string, options?: { startAfter?: string; limit?: number; signal?: AbortSignal }): Promise<RangePage>;
  /** Applies `changes` as one revision if every condition holds. */
  txn(compares: readonly Compare[], changes: readonly Change[], signal?: AbortSignal): Promise<TxnResult>;
  /** Changes under `prefix` from `fromRevision` on, in order, none left out; ends when the signal aborts. */
  watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** A lease that expires `ttlMs` after the last keep-alive; its keys are then deleted. */
  grantLease(ttlMs: number): Promise<number>;
  keepAlive(lease: number): Promise<void>;
  revokeLease(lease: number): Promise<void>;
}
