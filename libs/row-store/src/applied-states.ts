import type { PartitionId } from '@pilvi/cluster-map';
import { digestAfter } from '@pilvi/object-index';
import type { DecodedEntry } from '@pilvi/object-index';
import { NOTHING_APPLIED } from './row-store.ts';
import type { AppliedState } from './row-store.ts';
import type { WrittenState } from './written-form.ts';

/** Digests kept of a partition: a peer asks for one that was left behind a moment ago. */
const KEPT_DIGESTS = 256;

/** Where each partition's rows stand, and their digests (D4). */
export interface AppliedStates {
  get(partition: PartitionId): AppliedState;
  partitions(): Iterable<readonly [PartitionId, AppliedState]>;
  /** Moves a partition on by one entry, whose changes are not yet in the rows. */
  advance(partition: PartitionId, seq: number, entry: DecodedEntry): void;
  /** False while the rows may be ahead of the state: until a start has replayed its log as far as they were written. */
  isSettled(partition: PartitionId): boolean;
  digestAt(partition: PartitionId, seq: number): bigint | undefined;
  set(partition: PartitionId, state: AppliedState): void;
  delete(partition: PartitionId): void;
}

/**
 * `rowBefore` reads a row as it was before the entry. Every replica subtracts what it holds itself: one that lacks a row, or holds another value, keeps a
 * digest that its rows do not have, and no other replica does.
 */
export function createAppliedStates(
  initial: ReadonlyMap<PartitionId, AppliedState>,
  written: Map<PartitionId, WrittenState>,
  rowBefore: (key: Buffer) => Buffer | undefined,
): AppliedStates {
  const states = new Map(initial);
  const digests = new Map<PartitionId, { seq: number; digest: bigint }[]>();
  const isSettled = (partition: PartitionId): boolean =>
    (states.get(partition) ?? NOTHING_APPLIED).seq >= (written.get(partition)?.seq ?? 0);

  function digestNow(partition: PartitionId, at: AppliedState, seq: number, { changes }: DecodedEntry): bigint {
    const ahead = written.get(partition);
    // D3: what the rows hold now is not what they held then; where they were, the digest was written beside them.
    if (ahead !== undefined && seq < ahead.seq) return at.digest;
    if (ahead?.seq === seq) return ahead.digest;
    const newer = new Map<string, Buffer | undefined>();
    let { digest } = at;
    for (const { key, value } of changes) {
      const name = key.toString('latin1');
      digest = digestAfter(digest, key, newer.has(name) ? newer.get(name) : rowBefore(key), value);
      newer.set(name, value);
    }
    return digest;
  }

  function keep(partition: PartitionId, { seq, digest }: AppliedState): void {
    if (!isSettled(partition)) return;
    let list = digests.get(partition);
    if (list === undefined) digests.set(partition, (list = []));
    list.push({ seq, digest });
    if (list.length > 2 * KEPT_DIGESTS) list.splice(0, KEPT_DIGESTS);
  }

  return {
    get: (partition) => states.get(partition) ?? NOTHING_APPLIED,
    partitions: () => states,
    advance(partition, seq, entry) {
      const at = states.get(partition) ?? NOTHING_APPLIED;
      const next = { seq, digest: digestNow(partition, at, seq, entry), objects: at.objects + entry.objectDelta };
      states.set(partition, next);
      keep(partition, next);
    },
    isSettled,
    digestAt(partition, seq) {
      const now = states.get(partition) ?? NOTHING_APPLIED;
      if (now.seq === seq) return isSettled(partition) ? now.digest : undefined;
      return digests.get(partition)?.find((kept) => kept.seq === seq)?.digest;
    },
    set(partition, state) {
      digests.delete(partition);
      states.set(partition, state);
    },
    delete(partition) {
      states.delete(partition);
      digests.delete(partition);
      written.delete(partition);
    },
  };
}
