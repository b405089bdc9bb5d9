import assert from 'node:assert/strict';
import type { Commit, CommitChange } from './commit.ts';
import type { Change, Compare } from './control-store.ts';
import type { Keyspace } from './keyspace.ts';
import { ownCopy } from './own-copy.ts';
import { leaseKey } from './reserved-keys.ts';

export type Verdict =
  /** A condition does not hold. */
  | { readonly kind: 'refused' }
  /** The conditions hold and nothing has to change: no new revision. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'lease-not-found'; readonly lease: number }
  | { readonly kind: 'commit'; readonly commit: Commit };

/** Decides a transaction against the newest state. A key may be changed once in it, as in etcd. */
export function evaluateTxn(state: Keyspace, compares: readonly Compare[], changes: readonly Change[]): Verdict {
  for (const { key, modRevision } of compares) {
    if ((state.get(key)?.modRevision ?? 0) !== modRevision) return { kind: 'refused' };
  }
  const seen = new Set<string>();
  const effective: CommitChange[] = [];
  for (const change of changes) {
    assert.ok(!seen.has(change.key), `a transaction changes ${change.key} twice`);
    assert.ok(change.key.isWellFormed(), 'a key is Unicode text');
    seen.add(change.key);
    if (change.kind === 'delete') {
      if (state.get(change.key) !== undefined) effective.push({ kind: 'delete', key: change.key });
      continue;
    }
    const lease = change.lease ?? 0;
    if (lease !== 0 && state.get(leaseKey(lease)) === undefined) return { kind: 'lease-not-found', lease };
    // A copy: the caller may use its buffer again.
    effective.push({ kind: 'put', key: change.key, value: ownCopy(change.value), lease });
  }
  if (effective.length === 0) return { kind: 'unchanged' };
  return { kind: 'commit', commit: { revision: state.revision + 1, changes: effective } };
}

/** The commit that ends a lease and deletes its keys, or undefined when there is no such lease. */
export function evaluateLeaseEnd(state: Keyspace, lease: number): Commit | undefined {
  if (state.get(leaseKey(lease)) === undefined) return undefined;
  const keys = [...state.leased(lease), leaseKey(lease)];
  return { revision: state.revision + 1, changes: keys.map((key) => ({ kind: 'delete', key })) };
}
