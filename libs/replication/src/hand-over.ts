import type { Incarnation, PartitionConfig } from '@pilvi/cluster-map';
import { claimReleased } from './claim.ts';
import { learnConfig, minimumMet, nextConfig, sendProposal } from './configuration.ts';
import { send } from './persist.ts';
import { caughtUp, reachable } from './reachability.ts';
import type { Core, Replica, Stream, Term } from './state.ts';
import type { MonotonicMs, PeerMessage } from './types.ts';

type Release = Extract<PeerMessage, { kind: 'release' }>;

/** A hand-over whose entries do not commit within this time is given up. */
const DRAIN_MS = 500;

/** L4: takes no new entry, and releases to `successor` when all have committed. */
export function beginHandOver(core: Core, replica: Replica, term: Term, successor: Incarnation): void {
  if (term.phase !== 'serve' || replica.config?.inSync.includes(successor) !== true || !reachable(core, term, successor)) return;
  term.handOverTo = successor;
  term.handOverSinceMs = core.nowMs;
  driveHandOver(core, replica, term);
}

export function driveHandOver(core: Core, replica: Replica, term: Term): void {
  const config = replica.config;
  if (config === undefined) return;
  if (term.releasedMs !== undefined) {
    if (term.outstanding.length === 0) takeBack(core, config, term, term.releasedMs);
    return;
  }
  if (core.stopping && term.handOverTo === undefined && term.phase === 'serve' && term.outstanding.length === 0) {
    const successor = config.inSync.find(
      (node) => node !== core.self && reachable(core, term, node) && caughtUp(core, replica, term, node),
    );
    if (successor !== undefined) {
      term.handOverTo = successor;
      term.handOverSinceMs = core.nowMs;
    }
  }
  const successor = term.handOverTo;
  if (successor === undefined) return;
  const stream = core.peers.get(successor)?.dialed;
  // What waits for the ack of one who is gone does not commit before that one is dropped.
  const someGone = config.inSync.some((node) => core.peers.get(node)?.isGone === true);
  if (stream === undefined || someGone || core.nowMs - term.handOverSinceMs > DRAIN_MS) {
    term.handOverTo = undefined;
    return;
  }
  if (replica.commit < replica.log.last.seq || term.outstanding.length > 0) return;
  // The leases are given up before the release is said, so none of them can serve a read after it.
  term.releasedMs = core.nowMs;
  for (const follower of term.followers.values()) follower.lease = undefined;
  send(core, stream, { kind: 'release', partition: replica.partition, epoch: term.epoch });
}

/** Nobody succeeded: having released, it serves again only in a new epoch (L4). A successor whose stream has ended is not waited for. */
function takeBack(core: Core, config: PartitionConfig, term: Term, releasedMs: MonotonicMs): void {
  const isGone = term.handOverTo !== undefined && core.peers.get(term.handOverTo)?.dialed === undefined;
  if (!isGone && core.nowMs - releasedMs <= core.options.timings.releasePatienceMs) return;
  const without = config.inSync.filter((node) => node !== term.handOverTo);
  const next = nextConfig(core, config, isGone && minimumMet(core, without) ? { inSync: without } : {});
  term.outstanding.push({ config: next, expectedEpoch: config.epoch, sentMs: core.nowMs });
  sendProposal(core, config, next);
}

/** The primary released to this replica: claim at once (L4). */
export function onRelease(core: Core, replica: Replica, stream: Stream, message: Release): void {
  const config = replica.config;
  if (config === undefined || config.epoch !== message.epoch || config.primary !== stream.peer) return;
  if (replica.term !== undefined || replica.claim !== undefined || core.stopping || !config.inSync.includes(core.self)) return;
  claimReleased(core, replica, config);
}

export function onNewer(core: Core, replica: Replica, message: Extract<PeerMessage, { kind: 'newer' }>): void {
  learnConfig(core, replica, message.config);
}
