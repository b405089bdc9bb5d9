import type { PartitionId } from '@pilvi/cluster-map';
import { maybeClaim } from './claim.ts';
import { onCollect, onCollected } from './collect.ts';
import { tryCommit } from './commit.ts';
import { learnConfig, tellRole } from './configuration.ts';
import { driveHandOver, onNewer, onRelease } from './hand-over.ts';
import { onBeacon, onBeaconAck } from './lease.ts';
import { onSnapshotAborted, onSnapshotEnded, onSnapshotInstalled, pinnedAbove } from './learner.ts';
import { noteDurable } from './persist.ts';
import { onAck, onGap, onPrepare, proposeEntry } from './prepare.ts';
import { newReplica, replicaFor } from './replicas.ts';
import type { Core, Replica, Stream } from './state.ts';
import { onStreamClosed, onStreamOpened } from './streams.ts';
import { takeEffects } from './take-effects.ts';
import { onTick } from './tick.ts';
import { driveTerm } from './term.ts';
import type { CoreEvent, CoreOptions, Effect, MonotonicMs, PeerMessage, RestoredReplica, Seq } from './types.ts';

/** A node's replication as it stands after its disk was read. `options.timings` must keep grace ≥ 1.25 × validity (L1). */
export function createCore(options: CoreOptions, restored: readonly RestoredReplica[], nowMs: MonotonicMs): Core {
  if (options.timings.leaseGraceMs < 1.25 * options.timings.leaseValidityMs)
    throw new RangeError('leaseGraceMs must be at least 1.25 × leaseValidityMs (L1)');
  const core: Core = {
    options,
    self: options.self,
    replicas: new Map(),
    peers: new Map(),
    streams: new Map(),
    settings: undefined,
    members: new Map(),
    nowMs,
    startedMs: nowMs,
    lastGatewayMs: nowMs,
    peerReachesGatewayMs: -Infinity,
    nextBeaconMs: nowMs,
    beaconSoon: new Set(),
    turn: { beganMs: -Infinity, changes: 0 },
    stopping: false,
    nextToken: 1,
    durableToken: 0,
    awaitingDurable: [],
    nextFeed: 1,
    effects: [],
  };
  for (const r of restored) core.replicas.set(r.partition, newReplica(core, r));
  return core;
}

/** One event in, what must be done out: pure but for `core`, which it owns. Effects are to be carried out in their order. */
export function step(core: Core, event: CoreEvent, nowMs: MonotonicMs): Effect[] {
  core.nowMs = nowMs;
  switch (event.kind) {
    case 'tick':
      onTick(core);
      break;
    case 'map':
      onMap(core, event);
      break;
    case 'gateway-contact':
      core.lastGatewayMs = nowMs;
      break;
    case 'stream-opened':
      onStreamOpened(core, event);
      break;
    case 'stream-closed':
      onStreamClosed(core, event);
      break;
    case 'received': {
      const stream = core.streams.get(event.stream);
      if (stream !== undefined) onMessage(core, stream, event.message);
      break;
    }
    case 'log-durable':
      for (const replica of noteDurable(core, event.token)) afterProgress(core, replica);
      break;
    case 'checkpointed':
      withReplica(core, event.partition, (replica) => {
        replica.log.trimTo(Math.min(event.seq, replica.commit, pinnedAbove(core, replica)));
      });
      break;
    case 'snapshot-installed':
      withReplica(core, event.partition, (replica) => {
        onSnapshotInstalled(core, replica);
      });
      break;
    case 'snapshot-aborted':
      withReplica(core, event.partition, (replica) => {
        onSnapshotAborted(core, replica);
      });
      break;
    case 'snapshot-ended':
      withReplica(core, event.partition, (replica) => {
        onSnapshotEnded(core, replica, event);
      });
      break;
    case 'advice':
      withReplica(core, event.partition, (replica) => {
        replica.advice = { replicas: event.replicas, primary: event.primary };
        driveTerm(core, replica);
      });
      break;
    case 'stop':
      core.stopping = true;
      core.nextBeaconMs = nowMs;
      for (const replica of core.replicas.values()) if (replica.term !== undefined) driveHandOver(core, replica, replica.term);
      for (const replica of core.replicas.values()) tellRole(core, replica);
      break;
  }
  return takeEffects(core);
}

/** Appends an entry at the primary (W1). `seq` is undefined when this node may not; the change is to be staged at `seq`. */
export function propose(core: Core, partition: PartitionId, body: Buffer, nowMs: MonotonicMs): { seq: Seq | undefined; effects: Effect[] } {
  core.nowMs = nowMs;
  const seq = proposeEntry(core, partition, body);
  return { seq, effects: takeEffects(core) };
}

function onMap(core: Core, event: Extract<CoreEvent, { kind: 'map' }>): void {
  core.settings = event.settings;
  core.members = event.members;
  core.lastGatewayMs = core.nowMs;
  for (const config of event.partitions) {
    if (config === undefined) continue;
    const replica = replicaFor(core, config);
    if (replica === undefined) continue;
    learnConfig(core, replica, config);
    if (replica.term !== undefined) driveTerm(core, replica);
    else maybeClaim(core, replica);
  }
}

function onMessage(core: Core, stream: Stream, message: PeerMessage): void {
  switch (message.kind) {
    case 'beacon':
      onBeacon(core, stream, message);
      return;
    case 'beacon-ack':
      onBeaconAck(core, stream, message, (replica, term) => {
        if (term.phase !== 'serve') driveTerm(core, replica);
      });
      return;
    case 'newer':
      withReplica(core, message.config.partition, (replica) => {
        onNewer(core, replica, message);
      });
      return;
    case 'prepare':
      if (message.config !== undefined) replicaFor(core, message.config);
      withReplica(core, message.partition, (replica) => {
        onPrepare(core, replica, stream, message);
      });
      return;
    case 'ack':
      withReplica(core, message.partition, (replica) => {
        onAck(core, replica, stream, message);
        afterProgress(core, replica);
      });
      return;
    case 'gap':
      withReplica(core, message.partition, (replica) => {
        onGap(core, replica, stream, message);
      });
      return;
    case 'collect':
      replicaFor(core, message.config);
      withReplica(core, message.partition, (replica) => {
        onCollect(core, replica, stream, message);
      });
      return;
    case 'collected':
      withReplica(core, message.partition, (replica) => {
        onCollected(core, replica, stream, message);
      });
      return;
    case 'release':
      withReplica(core, message.partition, (replica) => {
        onRelease(core, replica, stream, message);
      });
      return;
  }
}

/** Entries became durable somewhere: the commit point may move, and a term that waited for it go on. */
function afterProgress(core: Core, replica: Replica): void {
  const term = replica.term;
  if (term === undefined) return;
  tryCommit(core, replica);
  if (term.phase !== 'serve') driveTerm(core, replica);
  else if (term.handOverTo !== undefined) {
    driveHandOver(core, replica, term);
    tellRole(core, replica);
  }
}

function withReplica(core: Core, partition: PartitionId, use: (replica: Replica) => void): void {
  const replica = core.replicas.get(partition);
  if (replica !== undefined) use(replica);
}
