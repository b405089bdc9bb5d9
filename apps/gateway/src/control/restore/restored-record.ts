import type { ControlStore } from '@pilvi/control-store';

/** In a store that was restored: by whom and from what. Gateways that knew it before see here that what they know is void. */
export const RESTORED_KEY = '/control-store/restored';
const FORMAT_VERSION = 1;

export interface RestoredRecord {
  readonly restoreId: string;
  readonly backup: { readonly takenAt: string; readonly revision: number };
  readonly restoredAt: string;
  /** What a person should know. */
  readonly findings: readonly string[];
  readonly unknownBuckets: readonly UnknownBucket[];
}

/** A bucket of which nodes hold objects, and whose record the backup has not. */
export interface UnknownBucket {
  readonly id: string;
  /** It was being deleted (X2). */
  readonly isSealed: boolean;
  readonly deletionAttempt: number;
}

export function encodeRestored(record: RestoredRecord): Buffer {
  return Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, ...record }));
}

/** Undefined: the store was never restored. */
export async function readRestored(control: ControlStore): Promise<RestoredRecord | undefined> {
  const entry = await control.get(RESTORED_KEY);
  if (entry === undefined) return undefined;
  const { formatVersion, ...record } = JSON.parse(entry.value.toString('utf8')) as RestoredRecord & { formatVersion: number };
  if (formatVersion !== FORMAT_VERSION)
    throw new Error(`${RESTORED_KEY} has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  return record;
}
