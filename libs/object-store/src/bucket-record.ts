import { bucketId } from '@pilvi/cluster-map';
import type { KeyValue } from '@pilvi/control-store';
import { ObjectStoreError } from './errors.ts';
import type { Bucket } from './object-store.ts';

/** `/buckets/<name>`: names hold no slash, so the keys are in the order of the names. */
export const BUCKETS = '/buckets/';
const FORMAT_VERSION = 1;

export const bucketKey = (name: string): string => `${BUCKETS}${name}`;

/** A bucket and the revision its conditions refer to. */
export interface StoredBucket {
  readonly bucket: Bucket;
  readonly modRevision: number;
}

export function encodeBucket(bucket: Bucket): Buffer {
  return Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, ...bucket }));
}

/** Throws ObjectStoreError `damaged` for what this version does not know: refused, not misread. */
export function decodeBucket(entry: KeyValue): StoredBucket {
  const { formatVersion, id, ...bucket } = parse(entry) as Bucket & { formatVersion: number };
  if (formatVersion !== FORMAT_VERSION)
    throw new ObjectStoreError('damaged', `${entry.key} has format ${String(formatVersion)}, this version reads ${FORMAT_VERSION}`);
  return { bucket: { ...bucket, id: bucketId(id) }, modRevision: entry.modRevision };
}

function parse(entry: KeyValue): unknown {
  try {
    return JSON.parse(entry.value.toString('utf8'));
  } catch (cause) {
    throw new ObjectStoreError('damaged', `${entry.key} cannot be read`, { cause });
  }
}
