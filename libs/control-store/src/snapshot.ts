import type { KeyValue } from './control-store.ts';
import { ControlStoreError } from './errors.ts';
import type { SnapshotPart } from './mirror.ts';

/** Keys and values of one part, about. */
const PART_BYTES = 256 * 1024;

export interface Snapshot {
  readonly clusterId: string;
  readonly writerTerm: number;
  readonly revision: number;
  readonly entries: readonly KeyValue[];
}

/** Cuts a snapshot into parts of bounded size; an empty one has one part. */
export function* cutSnapshot(snapshot: Snapshot): Generator<SnapshotPart> {
  const { clusterId, writerTerm, revision } = snapshot;
  let entries: KeyValue[] = [];
  let bytes = 0;
  for (const entry of snapshot.entries) {
    if (bytes >= PART_BYTES) {
      yield { clusterId, writerTerm, revision, entries, done: false };
      entries = [];
      bytes = 0;
    }
    entries.push(entry);
    bytes += entry.key.length + entry.value.length;
  }
  yield { clusterId, writerTerm, revision, entries, done: true };
}

/** The same, for a seam that streams. */

export async function* streamSnapshot(snapshot: Snapshot): AsyncGenerator<SnapshotPart> {
  yield* cutSnapshot(snapshot);
}

/** Puts the parts together. Throws ControlStoreError `unavailable` when they are not of one snapshot or end early. */
export async function collectSnapshot(parts: AsyncIterable<SnapshotPart>): Promise<Snapshot> {
  const entries: KeyValue[] = [];
  let head: SnapshotPart | undefined;
  for await (const part of parts) {
    head ??= part;
    if (part.revision !== head.revision || part.clusterId !== head.clusterId || part.writerTerm !== head.writerTerm) {
      throw new ControlStoreError('unavailable', 'a snapshot changed while it was read');
    }
    for (const entry of part.entries) entries.push(entry);
    if (part.done) return { clusterId: head.clusterId, writerTerm: head.writerTerm, revision: head.revision, entries };
  }
  throw new ControlStoreError('unavailable', 'a snapshot ended early');
}
