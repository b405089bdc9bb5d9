import type { PartitionId } from '@pilvi/cluster-map';
import { applyThrough, tryCommit } from './commit.ts';
import { learnConfig } from './configuration.ts';
import { makeEntry } from './entry.ts';
import { certainAgreement, probableAgreement, sendGap } from './gap.ts';
import { requestSnapshot } from './learner.ts';
import { lastToken, persistEntries, send, sendAfter } from './persist.ts';
import { putEntry } from './put-entry.ts';
import { emit, keeps, peerOf } from './state.ts';
import type { Core, Follower, Replica, Stream, Term } from './state.ts';
import type { LogEntry, PeerMessage, PersistRecord, Seq } from './types.ts';

type Prepare = Extract<PeerMessage, { kind: 'prepare' }>;
type Ack = Extract<PeerMessage, { kind: 'ack' }>;
type Gap = Extract<PeerMessage, { kind: 'gap' }>;

/** Bytes of entries in one Prepare. */
const PREPARE_BYTES = 1024 * 1024;
/** Bytes sent to one follower of one partition and not yet acked; more waits. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/** Appends an entry and sends it (W1): the own fsync and the followers' go in parallel. Undefined when this node may not. */
export function proposeEntry(core: Core, partition: PartitionId, body: Buffer): Seq | undefined {
  const replica = core.replicas.get(partition);
  const term = replica?.term;
  if (replica === undefined || term?.phase !== 'serve' || term.releasedMs !== undefined || term.handOverTo !== undefined) return undefined;
  const { last } = replica.log;
  const entry = makeEntry(term.epoch, last.seq + 1, last.hash, body);
  replica.log.append(entry);
  for (const follower of term.followers.values()) pump(core, replica, term, follower);
  persistEntries(core, replica, [{ kind: 'entry', partition, entry }]);
  return entry.seq;
}

/** Sends a follower what it lacks, within its window. */
export function pump(core: Core, replica: Replica, term: Term, follower: Follower): void {
  const { config, log } = replica;
  const stream = peerOf(core, follower.incarnation).dialed;
  if (config === undefined || stream === undefined || term.releasedMs !== undefined) return;
  // A new stream may mean a new process, which knows nothing of a snapshot under way.
  if (follower.snapshot !== undefined && follower.snapshot.stream !== stream) follower.snapshot = undefined;
  if (follower.snapshot !== undefined) return;
  // Before adoption only learners are fed: members still hold tails that were not collected.
  if (term.phase === 'collect' && !config.learners.includes(follower.incarnation)) return;
  let probe = false;
  if (follower.stream !== stream) {
    follower.stream = stream;
    follower.feed = core.nextFeed++;
    follower.inFlight = [];
    follower.inFlightBytes = 0;
    if (follower.acked !== undefined) follower.nextSeq = follower.acked + 1;
    probe = true;
  }
  if (follower.nextSeq <= log.base.seq) {
    if (config.learners.includes(follower.incarnation)) {
      requestSnapshot(core, replica, term, follower);
      return;
    }
    follower.nextSeq = log.base.seq + 1;
  }
  while ((follower.nextSeq <= log.last.seq && follower.inFlightBytes < WINDOW_BYTES) || probe) {
    probe = false;
    if (!sendBatch(core, replica, term, follower, stream)) return;
  }
}

function sendBatch(core: Core, replica: Replica, term: Term, follower: Follower, stream: number): boolean {
  const { config, log, partition } = replica;
  const prev = log.at(follower.nextSeq - 1);
  if (config === undefined || prev === undefined) return false;
  const entries = takeBatch(replica, follower.nextSeq);
  const peer = peerOf(core, follower.incarnation);
  const told = peer.toldEpochs.get(partition) === config.epoch;
  peer.toldEpochs.set(partition, config.epoch);
  const top = entries.at(-1)?.seq ?? prev.seq;
  const bytes = entries.reduce((sum, e) => sum + e.body.length, 0);
  follower.nextSeq = top + 1;
  follower.inFlight.push({ seq: top, bytes });
  follower.inFlightBytes += bytes;
  send(core, stream, {
    kind: 'prepare',
    partition,
    epoch: term.epoch,
    feed: follower.feed,
    config: told ? undefined : config,
    prevSeq: prev.seq,
    prevHash: prev.hash,
    entries,
    commit: replica.commit,
  });
  return true;
}

function takeBatch(replica: Replica, from: Seq): LogEntry[] {
  const batch: LogEntry[] = [];
  let bytes = 0;
  for (let seq = from; seq <= replica.log.last.seq && bytes < PREPARE_BYTES; seq++) {
    const entry = replica.log.entry(seq);
    if (entry === undefined) break;
    batch.push(entry);
    bytes += entry.body.length;
  }
  return batch;
}

/** A Prepare arrives: refused with a lower epoch, a gap or a hash mismatch; else appended, and acked once durable (W1). */
export function onPrepare(core: Core, replica: Replica, stream: Stream, message: Prepare): void {
  if (message.epoch < replica.promised && keeps(core, 'W1-epoch')) {
    if (replica.config !== undefined) send(core, stream.id, { kind: 'newer', config: replica.config });
    return;
  }
  if (message.config !== undefined) learnConfig(core, replica, message.config);
  const { config, log } = replica;
  if (config === undefined || replica.term !== undefined) return;
  if (replica.installing !== undefined) {
    replica.installing.putOff = { stream: stream.id, epoch: message.epoch, feed: message.feed };
    return;
  }
  replica.feedSeen = { epoch: message.epoch, feed: message.feed };
  if (lostCommitted(core, replica, message)) {
    emit(core, { kind: 'leave', partition: replica.partition, reason: 'the log ends below a commit point that others know' });
    return;
  }
  if (message.prevSeq >= log.base.seq && log.at(message.prevSeq)?.hash !== message.prevHash) {
    sendGap(core, replica, stream.id, message);
    return;
  }
  const records: PersistRecord[] = [];
  for (const entry of message.entries) {
    if (!putEntry(core, replica, entry, records)) {
      if (records.length > 0) persistEntries(core, replica, records);
      sendGap(core, replica, stream.id, message);
      return;
    }
  }
  const top = message.entries.at(-1)?.seq ?? message.prevSeq;
  const token = records.length > 0 ? persistEntries(core, replica, records) : lastToken(core);
  applyThrough(core, replica, Math.min(message.commit, top));
  sendAfter(core, stream.id, { kind: 'ack', partition: replica.partition, epoch: message.epoch, feed: message.feed, seq: top }, token);
}

/** D2: this in-sync log ends below a commit point that the primary knows: it lost what it had promised to hold. */
function lostCommitted(core: Core, replica: Replica, message: Prepare): boolean {
  const lastSeq = replica.log.last.seq;
  const isInSync = replica.config?.epoch === message.epoch && replica.config.inSync.includes(core.self);
  return isInSync && keeps(core, 'D2') && message.commit > lastSeq && message.prevSeq > lastSeq;
}

export function onAck(core: Core, replica: Replica, stream: Stream, message: Ack): void {
  const term = replica.term;
  const follower = term?.followers.get(stream.peer);
  if (term === undefined || follower === undefined || message.epoch < term.firstEpoch || message.epoch > term.epoch) return;
  follower.lastHeardMs = core.nowMs;
  // M1: acks of earlier feeds no longer count.
  if (message.feed !== follower.feed) return;
  follower.acked = Math.max(follower.acked ?? 0, message.seq);
  follower.gaps = 0;
  let done = 0;
  for (const sent of follower.inFlight) {
    if (sent.seq > message.seq) break;
    follower.inFlightBytes -= sent.bytes;
    done++;
  }
  if (done > 0) follower.inFlight.splice(0, done);
  tryCommit(core, replica);
  pump(core, replica, term, follower);
}

/** What was offered does not follow the follower's log: begin again where both probably agree, then above its commit point, then with a snapshot. */
export function onGap(core: Core, replica: Replica, stream: Stream, message: Gap): void {
  const { term, config, log } = replica;
  const follower = term?.followers.get(stream.peer);
  if (term === undefined || config === undefined || follower === undefined || message.feed !== follower.feed) return;
  follower.lastHeardMs = core.nowMs;
  follower.acked = undefined;
  follower.feed = core.nextFeed++;
  follower.inFlight = [];
  follower.inFlightBytes = 0;
  follower.nextSeq = (follower.gaps === 0 ? probableAgreement(log, message) : certainAgreement(log, message)) + 1;
  const lacksTrimmed = message.lastSeq < log.base.seq;
  if (config.learners.includes(follower.incarnation) && (lacksTrimmed || follower.gaps >= MAX_GAPS)) {
    follower.gaps = 0;
    // Below the log: should the snapshot have to wait, every pump asks for it again.
    follower.nextSeq = log.base.seq;
    requestSnapshot(core, replica, term, follower);
    return;
  }
  follower.gaps++;
  sendBatch(core, replica, term, follower, stream.id);
  pump(core, replica, term, follower);
}

/** A learner whose log still does not agree after so many tries is given a snapshot. */
const MAX_GAPS = 2;
