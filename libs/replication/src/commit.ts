import { members, minimumMet } from './configuration.ts';
import { emit, keeps } from './state.ts';
import type { Core, Replica } from './state.ts';
import type { Seq } from './types.ts';

/** Moves the commit point of the primary: durable on every member of the old and every outstanding set, never below the minimum (I1, I3, C3). */
export function tryCommit(core: Core, replica: Replica): void {
  const term = replica.term;
  if (term === undefined || term.phase === 'collect' || term.releasedMs !== undefined) return;
  const set = members(core, replica);
  if (!minimumMet(core, set)) return;
  let through = replica.synced;
  // W1: all acked.
  for (const node of keeps(core, 'W1-acks') ? set : []) {
    if (node === core.self) continue;
    const acked = term.followers.get(node)?.acked ?? 0;
    if (acked < through) through = acked;
    if (through <= replica.commit) return;
  }
  if (set.has(core.self)) applyThrough(core, replica, through);
}

/** The commit point is known to have reached `through`. */
export function applyThrough(core: Core, replica: Replica, through: Seq): void {
  const reached = Math.min(through, replica.log.last.seq);
  if (reached <= replica.commit) return;
  replica.commit = reached;
  emit(core, { kind: 'commit', partition: replica.partition, through: reached });
}
