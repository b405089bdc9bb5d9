import type { Incarnation } from '@pilvi/cluster-map';
import { keeps } from './state.ts';
import type { Core, Replica, Term } from './state.ts';

/** Whether the node can take part: connected, heard, not retired (C6), not stopping (L4). */
export function reachable(core: Core, term: Term, node: Incarnation): boolean {
  if (node === core.self) return true;
  const { timings } = core.options;
  if (core.members.get(node)?.state === 'retired') return false;
  const peer = core.peers.get(node);
  if (peer?.dialed === undefined) {
    const sinceMs = core.nowMs - term.startedMs;
    // L3: a stream that ended and does not come back is news; at the start of a term peers get time to connect.
    return peer?.endedMs === undefined ? sinceMs < timings.firstContactMs : core.nowMs - peer.endedMs < timings.streamPatienceMs;
  }
  if (peer.stopping) return false;
  const follower = term.followers.get(node);
  return core.nowMs - Math.max(follower?.lastHeardMs ?? core.nowMs, term.startedMs) < timings.silenceMs;
}

/** M2: a learner that has prepared everything that may be committed, and is fed live since. */
export function caughtUp(core: Core, replica: Replica, term: Term, node: Incarnation): boolean {
  const follower = term.followers.get(node);
  if (follower === undefined || follower.snapshot !== undefined) return false;
  if (!keeps(core, 'M2')) return true;
  if (follower.acked === undefined) return false;
  // While serving, the commit point is known; before, anything in the log may have been committed by an earlier primary.
  const needed = term.phase === 'serve' ? replica.commit : replica.log.last.seq;
  return follower.acked >= needed && follower.nextSeq > replica.log.last.seq;
}
