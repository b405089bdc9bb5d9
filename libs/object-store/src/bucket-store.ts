import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { ObjectStoreError } from './errors.ts';
import { bucketKey, BUCKETS, decodeBucket, encodeBucket } from './bucket-record.ts';
import type { StoredBucket } from './bucket-record.ts';
import type { Bucket } from './object-store.ts';

/** How often a write of unknown outcome is looked at and tried again. */
const UNKNOWN_TRIES = 5;

/** Buckets in the control store. Every method throws ObjectStoreError `unavailable` or `outcome-unknown`. */
export interface BucketStore {
  /** Linearizable. */
  read(name: string, signal?: AbortSignal): Promise<StoredBucket | undefined>;
  /** The bucket as it is stored if nothing changed since `expected` (undefined: none there), else undefined. */
  replace(expected: StoredBucket | undefined, next: Bucket, signal?: AbortSignal): Promise<StoredBucket | undefined>;
  /** Whether it is gone; false when it changed since. */
  remove(expected: StoredBucket, signal?: AbortSignal): Promise<boolean>;
  /** A page in the order of names, buckets under deletion included. */
  range(
    query: { prefix: string; startAfter: string; limit: number },
    signal?: AbortSignal,
  ): Promise<{ stored: StoredBucket[]; more: boolean; revision: number }>;
}

export function createBucketStore(control: ControlStore): BucketStore {
  async function read(name: string, signal?: AbortSignal): Promise<StoredBucket | undefined> {
    const entry = await translated(() => control.get(bucketKey(name), signal));
    return entry === undefined ? undefined : decodeBucket(entry);
  }

  /** The revision of the write, or undefined when the condition did not hold. After an unknown outcome the key tells what became of it. */
  async function compareAndSet(
    name: string,
    expected: number,
    value: Buffer | undefined,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const key = bucketKey(name);
    for (let tries = 1; ; tries++) {
      try {
        const result = await control.txn(
          [{ key, modRevision: expected }],
          [value === undefined ? { kind: 'delete', key } : { kind: 'put', key, value }],
          signal,
        );
        return result.succeeded ? result.revision : undefined;
      } catch (error) {
        if (!isOutcomeUnknown(error) || tries >= UNKNOWN_TRIES) throw translate(error);
      }
      const entry = await translated(() => control.get(key, signal));
      if ((entry?.modRevision ?? 0) === expected) continue;
      const isOurs = value === undefined ? entry === undefined : entry?.value.equals(value) === true;
      return isOurs ? (entry?.modRevision ?? 0) : undefined;
    }
  }

  return {
    read,
    async replace(expected, next, signal) {
      const modRevision = await compareAndSet(next.name, expected?.modRevision ?? 0, encodeBucket(next), signal);
      return modRevision === undefined ? undefined : { bucket: next, modRevision };
    },
    async remove(expected, signal) {
      return (await compareAndSet(expected.bucket.name, expected.modRevision, undefined, signal)) !== undefined;
    },
    async range({ prefix, startAfter, limit }, signal) {
      const options = {
        limit,
        ...(startAfter === '' ? {} : { startAfter: bucketKey(startAfter) }),
        ...(signal === undefined ? {} : { signal }),
      };
      const page = await translated(() => control.range(BUCKETS + prefix, options));
      return { stored: page.entries.map(decodeBucket), more: page.more, revision: page.revision };
    },
  };
}

/** Wraps the control store's errors once, at this boundary. */
export async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof ControlStoreError)) return error;
  const code = error.code === 'outcome-unknown' ? 'outcome-unknown' : 'unavailable';
  return new ObjectStoreError(code, 'the control store does not serve', { cause: error });
}

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof ControlStoreError && error.code === 'outcome-unknown';
}
