import type { Clock, Logger } from '@pilvi/runtime';

/** What the inventory knows of a chunk. */
export interface ChunkInfo {
  /** 16 bytes: 8 of time-ordered tick (big endian), 8 of writer id. */
  readonly id: Buffer;
  readonly partition: number;
  /** The write intent under which it was stored, 16 bytes (K3: a chunk has one owner). */
  readonly owner: Buffer;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** How the bytes are kept: each chunk in a file of its own, or all in a LevelDB. */
export type ChunkEngine = 'files' | 'leveldb';

export interface ChunkStoreOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** The first write error: the process must end (D5). */
  readonly onFatal: (error: Error) => void;
  /** Of a directory that holds nothing yet; files unless given. */
  readonly engine?: ChunkEngine;
}

/** In what state the store was found when it was opened. */
export type ChunkStoreCondition =
  /** As it was left. */
  | 'sound'
  /** Some of it was damaged or gone: chunks may be missing, and are refilled from other copies. */
  | 'repaired'
  /** It could not be repaired: it was set aside and the store is empty; everything is refilled from other copies. */
  | 'emptied';

/**
 * Immutable chunks of one node, found by their ids. What there is of them is told by the inventory, which is kept elsewhere (see ChunkInventory): a key scan of a
 * LevelDB reads the values too.
 */
export interface ChunkStore extends AsyncDisposable {
  /** Durable when it resolves. The data's CRC-32 must be `info.crc32`. Storing the same id again replaces it (repair). */
  put(info: ChunkInfo, data: Uint8Array): Promise<void>;
  /** The bytes, verified; throws ChunkStoreError `not-found` or `damaged`. */
  get(id: Buffer): Promise<{ readonly data: Buffer; readonly info: ChunkInfo }>;
  /** Removes chunks; those absent are no error. Space is given back to the file system in the background. */
  delete(ids: readonly Buffer[]): Promise<void>;
  /** What opening found. After anything but `sound`, chunks that the inventory lists may be missing. */
  readonly condition: ChunkStoreCondition;
  /** Bytes of live chunks, approximately: what was deleted counts until its space is given back. */
  readonly liveBytes: number;
  /** Whether its files are still where they were opened. */
  isThere(): Promise<boolean>;
}
