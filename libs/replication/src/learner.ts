import { persist, sendAfter } from './persist.ts';
import { emit } from './state.ts';
import type { Core, Follower, Replica, Term } from './state.ts';
import type { CoreEvent, Seq } from './types.ts';

type SnapshotInstalled = Extract<CoreEvent, { kind: 'snapshot-installed' }>;
type SnapshotFailed = Extract<CoreEvent, { kind: 'snapshot-failed' }>;

const SNAPSHOT_AGAIN_MS = 500;
/** M3: what a learner may pin of the log; beyond it starts again from a new snapshot. */
const PINNED_BYTES = 64 * 1024 * 1024;

/** Starts a new feed with a snapshot of the committed state (M1). */
export function requestSnapshot(core: Core, replica: Replica, term: Term, follower: Follower): void {
  if (follower.snapshot !== undefined || core.nowMs < follower.snapshotNotBeforeMs) return;
  follower.snapshotNotBeforeMs = core.nowMs + SNAPSHOT_AGAIN_MS;
  follower.feed = core.nextFeed++;
  follower.acked = undefined;
  follower.inFlight = [];
  follower.inFlightBytes = 0;
  follower.snapshot = { feed: follower.feed, atLeast: replica.commit, sinceMs: core.nowMs };
  emit(core, {
    kind: 'send-snapshot',
    partition: replica.partition,
    to: follower.incarnation,
    feed: follower.feed,
    epoch: term.epoch,
    atLeast: replica.commit,
  });
}

/** Learner: the snapshot is durably checkpointed here (M2), so its seq may be acked. */
export function onSnapshotInstalled(core: Core, replica: Replica, event: SnapshotInstalled): void {
  const { log } = replica;
  if (event.base.seq < replica.commit || replica.config?.learners.includes(core.self) !== true || replica.term !== undefined) return;
  const kept = log.rebase(event.base);
  if (!kept) {
    replica.generation++;
    replica.synced = event.base.seq;
    emit(core, { kind: 'truncated', partition: replica.partition, afterSeq: event.base.seq });
  }
  replica.synced = Math.max(event.base.seq, Math.min(replica.synced, log.last.seq));
  replica.commit = event.base.seq;
  replica.torn = false;
  const token = persist(core, [{ kind: 'base', partition: replica.partition, base: event.base }]);
  const stream = [...core.streams.values()].findLast((s) => s.direction === 'accepted' && s.peer === event.from);
  if (stream === undefined || replica.config === undefined) return;
  sendAfter(core, stream.id, { kind: 'ack', partition: replica.partition, epoch: replica.config.epoch, feed: event.feed, seq: event.base.seq }, token);
}

/** Primary: the snapshot did not arrive; the learner is probed again and asks for what it needs. */
export function onSnapshotFailed(core: Core, replica: Replica, event: SnapshotFailed): void {
  const follower = replica.term?.followers.get(event.to);
  if (follower?.snapshot?.feed !== event.feed) return;
  follower.snapshot = undefined;
  follower.stream = undefined;
  follower.snapshotNotBeforeMs = core.nowMs + SNAPSHOT_AGAIN_MS;
}

/** The lowest entry that a learner being filled still needs, unless that pins too much (M3). */
export function pinnedAbove(replica: Replica): Seq {
  const learners = replica.config?.learners ?? [];
  if (replica.term === undefined || learners.length === 0 || replica.log.sizeBytes > PINNED_BYTES) return Infinity;
  let lowest = Infinity;
  for (const node of learners) {
    const follower = replica.term.followers.get(node);
    if (follower === undefined) continue;
    lowest = Math.min(lowest, follower.snapshot?.atLeast ?? (follower.acked ?? follower.nextSeq - 1));
  }
  return lowest;
}
