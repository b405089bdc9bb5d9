/**
 * The replication protocol (PacificA; rules in the project's design documents) as a functional core. The loop that drives it:
 *
 *   const core = createCore({ self, timings, nextProposalId }, restored, now());
 *   every 20 ms, and for whatever happens (a map, a message, a stream's end, an fsync):
 *     for (const effect of step(core, event, now())) carry it out, in order:
 *       persist  -> append the records to the log; when they are on disk: step(core, { kind: 'log-durable', token })
 *       send     -> once everything up to `afterToken` is durable
 *       commit   -> apply the entries to the state, answer those who wait
 *       propose-config -> relay to the gateways; the outcome comes back as a map
 *   to write: evaluate the command, then propose(core, partition, body, now()); stage the change at the seq given
 *   to read: read the committed state, then leaseValid(core, partition, now()), then reply
 */
export {
  canStillLeave,
  entriesOf,
  isConnected,
  followerLags,
  isLastCopy,
  partitionsInSync,
  positionAt,
  presentMembers,
  replicaPartitions,
  replicaStatus,
  type FollowerLag,
  type ReplicaStatus,
} from './accessors.ts';
export { createCore, propose, step } from './core.ts';
export { entryHash, makeEntry } from './entry.ts';
export { isMuted, leaseValid } from './lease.ts';
export { createRestorer, keptRecords, type Restorer } from './restore.ts';
export { startForgetting, startSnapshot } from './start-snapshot.ts';
export type { Core } from './state.ts';
export {
  DEFAULT_TIMINGS,
  type CoreEvent,
  type CoreOptions,
  type Effect,
  type LedPartition,
  type LogBase,
  type LogEntry,
  type MonotonicMs,
  type PeerMessage,
  type PeerRequest,
  type PeerResponse,
  type PersistRecord,
  type PersistToken,
  type ReplicationTimings,
  type RestoredReplica,
  type Role,
  type Rule,
  type Seq,
  type SnapshotOffer,
  type StreamId,
} from './types.ts';
export { baseFromProto, baseToProto, entryFromProto, entryToProto } from './wire/entry-form.ts';
export { requestFromProto, requestToProto, responseFromProto, responseToProto } from './wire/peer-form.ts';
export { decodeRecord, encodeRecord } from './wire/record-form.ts';
