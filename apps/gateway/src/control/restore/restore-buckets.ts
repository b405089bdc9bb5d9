import type { BackupEntry } from '@pilvi/control-store';
import type { NodeWord } from './node-word.ts';
import type { UnknownBucket } from './restored-record.ts';

const BUCKETS = '/buckets/';
const SHOWN = 20;

/** The record of a bucket as far as a restore changes it (libs/object-store/src/bucket-record.ts). */
interface BucketRecord {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'deleting';
  readonly deletionAttempts?: number;
}

/** What all nodes together have of a bucket. */
interface Holding {
  readonly hasObjects: boolean;
  readonly isSealed: boolean;
  readonly deletionAttempt: number;
}

/**
 * The buckets of a backup, set right by what the nodes hold. One that refuses puts anywhere was being deleted, or is: its deletion is to be brought to its end,
 * which keeps it where it holds an object (X2), by an attempt above all that were made. The rest is told to a person.
 */
export function restoreBuckets(
  entries: readonly BackupEntry[],
  words: readonly NodeWord[],
): { readonly entries: readonly BackupEntry[]; readonly findings: readonly string[]; readonly unknown: readonly UnknownBucket[] } {
  const held = holdings(words);
  const known = new Set<string>();
  const deleted: string[] = [];
  const restored = entries.map((entry) => {
    if (!entry.key.startsWith(BUCKETS)) return entry;
    const record = JSON.parse(entry.value.toString('utf8')) as BucketRecord;
    known.add(record.id);
    const { isSealed = false, deletionAttempt = 0 } = held.get(record.id) ?? {};
    const deletionAttempts = Math.max(record.deletionAttempts ?? 0, deletionAttempt);
    if (isSealed && record.state === 'active') deleted.push(record.name);
    const next: BucketRecord = { ...record, ...(deletionAttempts > 0 && { deletionAttempts }), ...(isSealed && { state: 'deleting' }) };
    return { key: entry.key, value: Buffer.from(JSON.stringify(next)) };
  });
  const unknown = [...held].filter(([id, { hasObjects }]) => hasObjects && !known.has(id)).map(([id, holding]) => ({ id, ...holding }));
  const findings = [
    ...(deleted.length === 0
      ? []
      : [
          `${plural(deleted.length, 'bucket')} of the backup refused objects on storage nodes, for they were deleted since, or about to be; ` +
            `they go, unless they hold objects: ${shown(deleted)}`,
        ]),
    ...(unknown.length === 0
      ? []
      : [
          `storage nodes hold objects of ${plural(unknown.length, 'bucket')} that the backup does not know, created since; their objects stay on the nodes. ` +
            `Give each a name again with "npx pilvi control-store adopt ID NAME": ${shown(unknown.map(({ id }) => id))}`,
        ]),
  ];
  return { entries: restored, findings, unknown };
}

/** Of all nodes. */
export function holdings(words: readonly NodeWord[]): ReadonlyMap<string, Holding> {
  const held = new Map<string, Holding>();
  for (const bucket of words.flatMap((word) => word.buckets)) {
    const before = held.get(bucket.id);
    held.set(bucket.id, {
      hasObjects: before?.hasObjects === true || bucket.partitionsWithObjects > 0,
      isSealed: before?.isSealed === true || bucket.sealedPartitions > 0,
      deletionAttempt: Math.max(before?.deletionAttempt ?? 0, bucket.deletionAttempt),
    });
  }
  return held;
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function shown(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
