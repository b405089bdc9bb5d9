import type { Keyspace } from './keyspace.ts';
import { decodeMirrors, MIRRORS_KEY } from './reserved-keys.ts';
import type { MirrorsRecord } from './reserved-keys.ts';

/** The mirrors that count, from the revision on at which the state says so. */
export interface MirrorSet {
  readonly fromRevision: number;
  readonly ids: readonly string[];
}

/** How far the copies of the control data are. */
export interface Acks {
  /** By the copies' ids. */
  readonly copies: ReadonlyMap<string, number>;
  /** What all copies hold that there are, when every node was heard that may have one; -1 else. */
  readonly everywhere: number;
}

/** E1: a commit is on two of the mirrors besides the own copy, on one when there is one. */
export function commitQuorum(ids: readonly string[]): number {
  return Math.min(2, ids.length);
}

/**
 * On how many of a set everything is that ever counted under it, the commit that ends it included: of two mirrors the one
 * that is left may end it alone, or the loss of one would keep the store from going on with another.
 */
export function changeQuorum(ids: readonly string[]): number {
  return ids.length > 2 ? 2 : Math.min(1, ids.length);
}

/** How many of a set must be heard, when the own copy is gone, to hear at least one that has all that counted. */
export function recoveryQuorum(ids: readonly string[]): number {
  return ids.length - changeQuorum(ids) + 1;
}

/**
 * The newest revision that so many of a set hold, that no start without the own copy could miss it. Copies of the set may be gone for
 * good, with their disks, and never say anything again: then it is enough that every copy that there is holds it.
 */
function safelyHeld(ids: readonly string[], acks: Acks): number {
  const everywhere = acks.copies.size >= ids.length ? acks.everywhere : -1;
  return Math.max(nthHighest(ids, acks, changeQuorum(ids)), everywhere);
}

/** What the state says of its mirrors; nobody in one that was never told. */
export function mirrorsOf(state: Keyspace): MirrorsRecord {
  const entry = state.get(MIRRORS_KEY);
  return entry === undefined ? { required: [], before: [] } : decodeMirrors(entry.value);
}

/**
 * The newest revision that counts (E1). `sets` are those that the state named, in order, the first of them certain to
 * count. A revision counts on the quorum of the set it was made under; one that names another set, and what follows it,
 * also needs those who count until then, so that whoever asks them hears of it. 0 when nothing counts.
 */
export function countedThrough(sets: readonly MirrorSet[], acks: Acks, durableRevision: number): number {
  let counted = 0;
  for (const [i, { fromRevision, ids }] of sets.entries()) {
    const before = sets[i - 1];
    if (before !== undefined && safelyHeld(before.ids, acks) < fromRevision) break;
    const until = (sets[i + 1]?.fromRevision ?? Number.POSITIVE_INFINITY) - 1;
    const held = Math.min(durableRevision, until, nthHighest(ids, acks, commitQuorum(ids)));
    if (held >= fromRevision) counted = held;
  }
  return counted;
}

/** Whether what a start found is held by so many that no start without the own copy could miss it. */
export function isSafeToServe({ required, before }: MirrorsRecord, acks: Acks, revision: number): boolean {
  return [required, ...before].every((ids) => safelyHeld(ids, acks) >= revision);
}

/** The revision that at least `count` of these have; without bound when none is needed. */
function nthHighest(ids: readonly string[], acks: Acks, count: number): number {
  if (count === 0) return Number.POSITIVE_INFINITY;
  return ids.map((id) => acks.copies.get(id) ?? -1).sort((a, b) => b - a)[count - 1] ?? -1;
}
