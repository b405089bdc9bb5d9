import type { Epoch, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { sendGap } from './gap.ts';
import { persist } from './persist.ts';
import { EMPTY_BASE } from './replicas.ts';
import { emit, keeps } from './state.ts';
import type { Core, Follower, Replica, Term } from './state.ts';
import { driveTerm } from './term.ts';
import type { CoreEvent, PersistToken, Seq, SnapshotOffer, StreamId } from './types.ts';

type SnapshotEnded = Extract<CoreEvent, { kind: 'snapshot-ended' }>;

const SNAPSHOT_AGAIN_MS = 500;
/** M3: what a learner may pin of the log; beyond it starts again from a new snapshot. */
const PINNED_BYTES = 64 * 1024 * 1024;
/** For so long, and up to so many bytes in each partition, the log is kept for a member that is away. */
const SHORT_ABSENCE_MS = 20_000;
const ABSENT_BYTES = 1024 * 1024;

/** Starts a new feed with a snapshot of the committed state (M1). */
export function requestSnapshot(core: Core, replica: Replica, term: Term, follower: Follower): void {
  if (follower.snapshot !== undefined || core.nowMs < follower.snapshotNotBeforeMs) return;
  // M1: while its promotion may already be decided, what it holds must stay.
  if (term.outstanding.some((p) => p.config.inSync.includes(follower.incarnation))) return;
  follower.snapshotNotBeforeMs = core.nowMs + SNAPSHOT_AGAIN_MS;
  follower.feed = core.nextFeed++;
  follower.acked = undefined;
  follower.inFlight = [];
  follower.inFlightBytes = 0;
  follower.snapshot = { feed: follower.feed, atLeast: replica.commit, stream: follower.stream };
  emit(core, {
    kind: 'send-snapshot',
    partition: replica.partition,
    to: follower.incarnation,
    feed: follower.feed,
    epoch: term.epoch,
    atLeast: replica.commit,
  });
}

/**
 * Learner: may this snapshot replace what is held? From here until its end no Prepare is acked, so nothing that a primary counts on
 * is thrown away (M1). The host may touch its rows only when the token returned is durable: a restart then finds an empty replica.
 */
export function beginSnapshot(core: Core, offer: SnapshotOffer): PersistToken | undefined {
  const replica = core.replicas.get(offer.partition);
  if (replica?.config === undefined || replica.installing !== undefined || replica.term !== undefined) return undefined;
  if (!replica.config.learners.includes(core.self) || offer.epoch < replica.promised || offer.base.seq < replica.commit) return undefined;
  const seen = replica.feedSeen;
  if (seen.epoch > offer.epoch || (seen.epoch === offer.epoch && seen.feed > offer.feed)) return undefined;
  replica.installing = { offer, putOff: undefined };
  return empty(core, replica);
}

/**
 * A replica that the newest configuration does not name lets go of all it holds, as if an empty snapshot were installed: its rows may be removed when the
 * token returned is durable, and `snapshot-aborted` ends it. Undefined when it may not, or holds nothing. Whoever promised an epoch that no map has
 * shown yet may have been taken in again under it.
 */
export function beginForget(core: Core, partition: PartitionId): PersistToken | undefined {
  const replica = core.replicas.get(partition);
  const config = replica?.config;
  if (replica === undefined || config === undefined) return undefined;
  const mayBeNamed = replica.promised > config.epoch || [...config.replicas, ...config.inSync, ...config.learners].includes(core.self);
  if (mayBeNamed && keeps(core, 'M1-forget')) return undefined;
  if (replica.installing !== undefined || replica.term !== undefined || replica.claim !== undefined) return undefined;
  if (replica.log.base.seq === 0 && replica.log.last.seq === 0) return undefined;
  const offer: SnapshotOffer = { partition, from: core.self, epoch: replica.promised, feed: 0, base: EMPTY_BASE };
  replica.installing = { offer, putOff: undefined };
  return empty(core, replica);
}

/** Learner: the snapshot is durably checkpointed here (M2), so the primary may be told. */
export function onSnapshotInstalled(core: Core, replica: Replica): void {
  const installing = replica.installing;
  if (installing === undefined) return;
  const { offer, putOff } = installing;
  replica.installing = undefined;
  replica.log.rebase(offer.base);
  replica.synced = offer.base.seq;
  replica.commit = offer.base.seq;
  replica.torn = false;
  persist(core, [{ kind: 'base', partition: replica.partition, base: offer.base }]);
  if (putOff !== undefined) answerPutOff(core, replica, putOff);
}

export function onSnapshotAborted(core: Core, replica: Replica): void {
  const putOff = replica.installing?.putOff;
  replica.installing = undefined;
  if (putOff !== undefined) answerPutOff(core, replica, putOff);
}

function answerPutOff(core: Core, replica: Replica, putOff: { stream: StreamId; epoch: Epoch; feed: number }): void {
  if (core.streams.has(putOff.stream)) sendGap(core, replica, putOff.stream, putOff);
}

function empty(core: Core, replica: Replica): PersistToken {
  replica.log.reset(EMPTY_BASE);
  replica.generation++;
  replica.synced = 0;
  replica.commit = 0;
  emit(core, { kind: 'truncated', partition: replica.partition, afterSeq: 0 });
  return persist(core, [{ kind: 'base', partition: replica.partition, base: EMPTY_BASE }]);
}

/** Primary: the learner is probed where the snapshot ends, or where it was; its answer tells what it needs (M1). */
export function onSnapshotEnded(core: Core, replica: Replica, event: SnapshotEnded): void {
  const follower = replica.term?.followers.get(event.to);
  if (replica.term === undefined || follower?.snapshot?.feed !== event.feed) return;
  follower.snapshot = undefined;
  follower.stream = undefined;
  if (event.installedSeq === undefined) follower.snapshotNotBeforeMs = core.nowMs + SNAPSHOT_AGAIN_MS;
  else follower.nextSeq = event.installedSeq + 1;
  driveTerm(core, replica);
}

/** What may be trimmed of the log at most, for the sake of those who lack something of it (M3). */
export function pinnedAbove(core: Core, replica: Replica): Seq {
  return Math.min(neededByLearners(replica), neededByAbsent(core, replica));
}

/** The lowest entry that a learner being filled still needs, unless that pins too much. */
function neededByLearners(replica: Replica): Seq {
  const learners = replica.config?.learners ?? [];
  if (replica.term === undefined || learners.length === 0 || replica.log.sizeBytes > PINNED_BYTES) return Infinity;
  let lowest = Infinity;
  for (const node of learners) {
    const follower = replica.term.followers.get(node);
    if (follower === undefined) continue;
    lowest = Math.min(lowest, follower.snapshot?.atLeast ?? follower.acked ?? follower.nextSeq - 1);
  }
  return lowest;
}

/** What a member that left not long ago will need when it is back: a node that is killed and started again is fed from the log. */
function neededByAbsent(core: Core, replica: Replica): Seq {
  const { lost, log } = replica;
  return lost === undefined || isLong(core, lost) || log.sizeBytes > ABSENT_BYTES ? Infinity : lost.above;
}

/** Of a new configuration, before it holds: notes where the log must begin for a member that it no longer has (I3: everything committed is in its log). */
export function noteLostMember(core: Core, replica: Replica, next: PartitionConfig): void {
  const before = replica.config?.inSync.length ?? 0;
  if (next.inSync.length >= next.replicas.length) replica.lost = undefined;
  else if (next.inSync.length < before && (replica.lost === undefined || isLong(core, replica.lost)))
    replica.lost = { above: replica.commit, sinceMs: core.nowMs };
}

function isLong(core: Core, absence: { readonly sinceMs: number }): boolean {
  return core.nowMs - absence.sinceMs > SHORT_ABSENCE_MS;
}
