import { learnConfig, members } from './configuration.ts';
import { persistEntries, lastToken, send, sendAfter } from './persist.ts';
import { putEntry } from './put-entry.ts';
import { emit, keeps } from './state.ts';
import type { Core, Replica, Stream, Term } from './state.ts';
import { driveTerm } from './term.ts';
import type { LogEntry, PeerMessage, PersistRecord } from './types.ts';

type Collect = Extract<PeerMessage, { kind: 'collect' }>;
type Collected = Extract<PeerMessage, { kind: 'collected' }>;

const COLLECT_AGAIN_MS = 150;

/** Asks every member that is kept for its tail; adopts the highest when all have answered (L2). */
export function driveCollect(core: Core, replica: Replica, term: Term): void {
  const config = replica.config;
  if (config === undefined) return;
  const missing = [...members(core, replica)].filter((node) => node !== core.self && !term.collected.has(node));
  if (missing.length === 0 || (!keeps(core, 'L2-adopt') && !(replica.torn && keeps(core, 'D2')))) {
    startReplicating(core, replica, term);
    return;
  }
  for (const node of missing) {
    const stream = core.peers.get(node)?.dialed;
    if (stream === undefined || core.nowMs - (term.collectSentMs.get(node) ?? -Infinity) < COLLECT_AGAIN_MS) continue;
    term.collectSentMs.set(node, core.nowMs);
    send(core, stream, { kind: 'collect', partition: replica.partition, epoch: term.epoch, config, above: replica.commit });
  }
}

/** A new primary collects: promise its epoch, then tell what this log holds above its commit point. */
export function onCollect(core: Core, replica: Replica, stream: Stream, message: Collect): void {
  if (message.epoch < replica.promised && keeps(core, 'W1-epoch')) {
    if (replica.config !== undefined) send(core, stream.id, { kind: 'newer', config: replica.config });
    return;
  }
  learnConfig(core, replica, message.config);
  if (replica.term !== undefined) return;
  const { log } = replica;
  sendAfter(
    core,
    stream.id,
    {
      kind: 'collected',
      partition: replica.partition,
      epoch: message.epoch,
      base: log.base,
      lastEpoch: log.last.epoch,
      lastSeq: log.last.seq,
      commit: replica.commit,
      entries: log.range(message.above + 1, log.last.seq),
    },
    lastToken(core),
  );
}

export function onCollected(core: Core, replica: Replica, stream: Stream, message: Collected): void {
  const term = replica.term;
  if (term?.phase !== 'collect' || term.epoch !== message.epoch) return;
  const follower = term.followers.get(stream.peer);
  if (follower !== undefined) follower.lastHeardMs = core.nowMs;
  term.collected.set(stream.peer, { base: message.base, lastEpoch: message.lastEpoch, lastSeq: message.lastSeq, commit: message.commit });
  // D2: it has heard from another member.
  if (!adoptIfHigher(core, replica, message.base.seq, message.lastEpoch, message.lastSeq, message.entries)) return;
  driveTerm(core, replica);
}

/** Takes over a tail whose (epoch, seq) is above one's own; false when this log turns out to be behind everyone. */
function adoptIfHigher(
  core: Core,
  replica: Replica,
  baseSeq: number,
  lastEpoch: number,
  lastSeq: number,
  entries: readonly LogEntry[],
): boolean {
  const own = replica.log.last;
  if (lastEpoch < own.epoch || (lastEpoch === own.epoch && lastSeq <= own.seq)) return true;
  if (!keeps(core, 'L2-adopt')) return true;
  if (baseSeq > own.seq) {
    // D2: everything up to there was committed, and this in-sync log does not hold it.
    emit(core, { kind: 'leave', partition: replica.partition, reason: 'the log ends below what another member has checkpointed' });
    return false;
  }
  const records: PersistRecord[] = [];
  const whole = entries.every((entry) => putEntry(core, replica, entry, records));
  if (records.length > 0) persistEntries(core, replica, records);
  if (!whole) emit(core, { kind: 'leave', partition: replica.partition, reason: 'the log does not agree with what another member holds' });
  return whole;
}

/** Everything to be kept is in the log: prepare it everywhere under the new epoch (L2). */
function startReplicating(core: Core, replica: Replica, term: Term): void {
  const { log } = replica;
  if (keeps(core, 'D2')) replica.torn = false;
  term.phase = 'replicate';
  term.goal = log.last.seq;
  for (const [node, follower] of term.followers) {
    const collected = term.collected.get(node);
    if (collected === undefined) continue;
    follower.acked = undefined;
    follower.feed = core.nextFeed++;
    follower.inFlight = [];
    follower.inFlightBytes = 0;
    follower.stream = undefined;
    follower.nextSeq = Math.max(log.base.seq, Math.min(collected.commit, log.last.seq)) + 1;
  }
}
