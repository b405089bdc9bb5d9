/** One change of a commit: what is left to do once the conditions held. */
export type CommitChange =
  | { readonly kind: 'put'; readonly key: string; readonly value: Buffer; readonly lease: number }
  | { readonly kind: 'delete'; readonly key: string };

/** All changes of one revision. Revisions follow one another without a gap. */
export interface Commit {
  readonly revision: number;
  readonly changes: readonly CommitChange[];
}

/** Bytes that a commit keeps in memory, about. */
export function commitBytes(commit: Commit): number {
  let total = 64;
  for (const change of commit.changes) total += 64 + change.key.length + (change.kind === 'put' ? change.value.length : 0);
  return total;
}
