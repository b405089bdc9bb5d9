import type { ControlStore } from '@pilvi/control-store';
import { readRestored } from './restored-record.ts';

/** How libs/object-store keeps a bucket (bucket-record.ts). */
const FORMAT_VERSION = 1;

/**
 * Gives a bucket that a restore found on storage nodes, and not in the backup, a name again. One that was being deleted goes on being deleted, which keeps it where it
 * holds objects (X2). Answers why not, for a person; throws ControlStoreError.
 */
export async function adoptBucket(
  control: ControlStore,
  { id, name, ownerId, region, nowMs }: { id: string; name: string; ownerId: string; region: string; nowMs: number },
): Promise<string | undefined> {
  const found = (await readRestored(control))?.unknownBuckets.find((bucket) => bucket.id === id);
  if (found === undefined) return `no restore has found a bucket ${id} that it did not know`;
  const { entries } = await control.range('/buckets/');
  if (entries.some(({ value }) => (JSON.parse(value.toString('utf8')) as { id: string }).id === id))
    return `bucket ${id} has a name already`;
  const key = `/buckets/${name}`;
  const record = {
    formatVersion: FORMAT_VERSION,
    ...{ id, name, ownerId, region, createdMs: nowMs, configuration: {} },
    state: found.isSealed ? 'deleting' : 'active',
    ...(found.deletionAttempt > 0 && { deletionAttempts: found.deletionAttempt }),
  };
  const { succeeded } = await control.txn([{ key, modRevision: 0 }], [{ kind: 'put', key, value: Buffer.from(JSON.stringify(record)) }]);
  return succeeded ? undefined : `there is a bucket ${name}`;
}
