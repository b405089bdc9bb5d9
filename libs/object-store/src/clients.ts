import type { ListEntry, UploadEntry } from '@pilvi/contracts/index/v1/service';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import type { BucketId, Incarnation, PartitionId } from '@pilvi/cluster-map';

/** Runs index commands at the primary of a key's partition, through failovers, for at most a minute (REPLICATION W3). */
export interface IndexClient {
  /** Partition of a key, by the cluster's hash. */
  partitionOf(bucket: BucketId, key: string): PartitionId;
  /** The answer, negative ones included as `failure`; throws ObjectStoreError `unavailable` or `outcome-unknown` at the end of its patience. */
  execute(partition: PartitionId, command: IndexCommand, signal?: AbortSignal): Promise<IndexResult>;
  /** One merged page over all partitions (X1). */
  list(query: ListQuery, signal?: AbortSignal): Promise<{ entries: ListEntry[]; truncated: boolean }>;
  listUploads(query: ListUploadsQuery, signal?: AbortSignal): Promise<{ entries: UploadEntry[]; truncated: boolean }>;
  /** Every partition of the cluster. */
  partitions(): readonly PartitionId[];
}

export interface ListQuery {
  readonly bucket: BucketId;
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  readonly startAfter: string;
  readonly limit: number;
}

export interface ListUploadsQuery {
  readonly bucket: BucketId;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly limit: number;
}

/** Stores and fetches chunks at named nodes. */
export interface ChunkClient {
  /** The incarnations that should hold the chunks of a partition now, and their zones. */
  holdersFor(partition: PartitionId): readonly { readonly incarnation: Incarnation; readonly zone: string }[];
  /** The least that a chunk needs to be safe (K1, from the cluster's settings). */
  minimum(): { readonly copies: number; readonly zones: number };
  /** Durable on that node when it resolves; throws ObjectStoreError `no-space` or `unavailable` (it may be there all the same). */
  put(
    holder: Incarnation,
    chunk: { id: Buffer; partition: PartitionId; owner: Buffer; crc32: number; data: Buffer },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Verified bytes `[offset, offset + length)` of a chunk; throws ObjectStoreError `damaged` (`details.chunk` tells whether it is missing) or `unavailable`. */
  get(holder: Incarnation, id: Buffer, range: { offset: number; length: number }, signal?: AbortSignal): Promise<Buffer>;
  /** Resolves when that node answers at all; throws ObjectStoreError `unavailable`. */
  reach(holder: Incarnation, signal?: AbortSignal): Promise<void>;
}
