import type { Epoch, Incarnation, Member, PartitionConfig, PartitionId, ProposalId, ClusterSettings } from '@pilvi/cluster-map';

/** Position of an entry in its partition's log; the first entry is 1. */
export type Seq = number;
/** Milliseconds on the node's own monotonic clock. */
export type MonotonicMs = number;
/** Names one stream between two nodes, unique within a process. */
export type StreamId = number;
/** Order of what was handed to the log: durable up to a token means durable up to everything before it. */
export type PersistToken = number;

/** An entry keeps its epoch, seq and hash for ever; only the Prepare that carries it has the sender's present epoch (L2). */
export interface LogEntry {
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly prevHash: number;
  /** CRC-32 chain over prevHash, epoch, seq and body. */
  readonly hash: number;
  /** Opaque to replication. Empty for nothing. */
  readonly body: Buffer;
}

/** The point below which a log is not kept: the last checkpoint, or the snapshot it began with. */
export interface LogBase {
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly hash: number;
}

/** All times of L1 and the patience around them, in milliseconds. */
export interface ReplicationTimings {
  /** A lease counts this long from the send of its beacon. */
  readonly leaseValidityMs: number;
  /** A replica claims this long after the last ack it gave; at least 1.25 × validity (L1). */
  readonly leaseGraceMs: number;
  readonly beaconEveryMs: number;
  /** A stream that ended and did not come back within this time makes its peer unreachable (L3). */
  readonly streamPatienceMs: number;
  /** A peer that is connected but silent for this long is unreachable. */
  readonly silenceMs: number;
  /** After the start of a term, peers get this long to connect. */
  readonly firstContactMs: number;
  /** A proposal whose outcome is unknown is sent again after this time (C3). */
  readonly proposeAgainMs: number;
  /** Between the claims of several replicas that noticed the same death. */
  readonly claimStaggerMs: number;
  /** A node that reaches no gateway for this long, while a peer does, stops its beacons (C5). */
  readonly gatewayPatienceMs: number;
  /**
   * A partition is handed over for balance when it has not changed for this long: a node just taken in is still starting, and its other partitions
   * change, too.
   */
  readonly handOverAfterMs: number;
  /** A released primary that nobody succeeded takes a new epoch after this time (L4). */
  readonly releasePatienceMs: number;
}

export const DEFAULT_TIMINGS: ReplicationTimings = {
  leaseValidityMs: 1_000,
  leaseGraceMs: 1_250,
  beaconEveryMs: 200,
  streamPatienceMs: 100,
  silenceMs: 1_600,
  firstContactMs: 1_000,
  proposeAgainMs: 400,
  claimStaggerMs: 100,
  gatewayPatienceMs: 3_000,
  handOverAfterMs: 3_000,
  releasePatienceMs: 1_500,
};

/**
 * Rules that the simulator may leave out, one at a time, to show that it would notice (all kept by default).
 * Never set outside a test.
 */
export type Rule = 'C3' | 'D2' | 'I2' | 'I3' | 'I4' | 'L1-start' | 'L2-adopt' | 'L3-tcp' | 'M1-forget' | 'M2' | 'W1-acks' | 'W1-epoch';

export interface CoreOptions {
  readonly self: Incarnation;
  readonly timings: ReplicationTimings;
  /** Random ids for proposals (C1). */
  readonly nextProposalId: () => ProposalId;
  readonly leftOut?: ReadonlySet<Rule>;
}

/** What a node read from its disk for one partition. */
export interface RestoredReplica {
  readonly partition: PartitionId;
  /** The last persisted configuration, if any (E1). */
  readonly config: PartitionConfig | undefined;
  readonly promised: Epoch;
  readonly base: LogBase;
  /** Everything above the base, without gaps. */
  readonly entries: readonly LogEntry[];
  /** A torn tail was dropped: it may not lead before it heard from another member (D2). */
  readonly torn: boolean;
}

/** The head of a snapshot: who sends it, under which epoch, the feed it opens and where its rows stand. */
export interface SnapshotOffer {
  readonly partition: PartitionId;
  readonly from: Incarnation;
  readonly epoch: Epoch;
  readonly feed: number;
  readonly base: LogBase;
}

/** Said by a node on the streams it dialed. */
export type PeerRequest =
  | {
      readonly kind: 'beacon';
      /** On the sender's clock; echoed by the ack, since validity counts from the send (L1). */
      readonly sentMs: MonotonicMs;
      readonly reachesGateway: boolean;
      /** The sender stops: drop it from in-sync sets (L4). */
      readonly stopping: boolean;
      readonly leads: readonly LedPartition[];
      /** Configurations that the receiver was not yet told on this stream. */
      readonly configs: readonly PartitionConfig[];
    }
  | {
      readonly kind: 'prepare';
      readonly partition: PartitionId;
      readonly epoch: Epoch;
      /** Numbered per peer; acks of earlier feeds no longer count (M1). */
      readonly feed: number;
      /** Present when the receiver was not yet told this epoch on this stream. */
      readonly config: PartitionConfig | undefined;
      readonly prevSeq: Seq;
      readonly prevHash: number;
      readonly entries: readonly LogEntry[];
      readonly commit: Seq;
    }
  | {
      readonly kind: 'collect';
      readonly partition: PartitionId;
      readonly epoch: Epoch;
      readonly config: PartitionConfig;
      /** Entries above this are wanted. */
      readonly above: Seq;
    }
  | { readonly kind: 'release'; readonly partition: PartitionId; readonly epoch: Epoch };

export interface LedPartition {
  readonly partition: PartitionId;
  readonly epoch: Epoch;
  readonly commit: Seq;
  readonly commitHash: number;
}

type OfFeed = { readonly partition: PartitionId; readonly epoch: Epoch; readonly feed: number };

/** Answers, on the stream that carried the request. */
export type PeerResponse =
  | { readonly kind: 'beacon-ack'; readonly sentMs: MonotonicMs; readonly agreed: readonly Pick<PartitionConfig, 'partition' | 'epoch'>[] }
  | ({ readonly kind: 'ack'; readonly seq: Seq } & OfFeed)
  /** The entries offered do not follow this log: known there as committed up to `commit`, it ends with the entry of `lastEpoch` and `lastSeq`. */
  | ({ readonly kind: 'gap'; readonly commit: Seq; readonly lastEpoch: Epoch; readonly lastSeq: Seq } & OfFeed)
  /** The request was of an old epoch. */
  | { readonly kind: 'newer'; readonly config: PartitionConfig }
  | {
      readonly kind: 'collected';
      readonly partition: PartitionId;
      readonly epoch: Epoch;
      readonly base: LogBase;
      readonly lastEpoch: Epoch;
      readonly lastSeq: Seq;
      readonly commit: Seq;
      readonly entries: readonly LogEntry[];
    };

export type PeerMessage = PeerRequest | PeerResponse;

export type CoreEvent =
  | { readonly kind: 'tick' }
  | {
      readonly kind: 'map';
      readonly settings: ClusterSettings;
      readonly members: ReadonlyMap<Incarnation, Member>;
      readonly partitions: readonly (PartitionConfig | undefined)[];
    }
  | { readonly kind: 'gateway-contact' }
  | {
      readonly kind: 'stream-opened';
      readonly stream: StreamId;
      readonly peer: Incarnation;
      readonly direction: 'dialed' | 'accepted';
      readonly transport: 'unix' | 'tcp';
    }
  | { readonly kind: 'stream-closed'; readonly stream: StreamId; readonly endedBy: 'peer' | 'self' | 'unknown' }
  | { readonly kind: 'received'; readonly stream: StreamId; readonly message: PeerMessage }
  | { readonly kind: 'log-durable'; readonly token: PersistToken }
  /** State is on disk through `base`: entries up to it may be forgotten (D3). */
  | { readonly kind: 'checkpointed'; readonly partition: PartitionId; readonly seq: Seq }
  /** This node finished a durable install of a snapshot (M2). */
  | { readonly kind: 'snapshot-installed'; readonly partition: PartitionId }
  /** This node's install came to nothing and its rows are gone: the replica is empty. */
  | { readonly kind: 'snapshot-aborted'; readonly partition: PartitionId }
  /** The sending of a snapshot is over: durably installed there at `installedSeq`, or undefined: refused, broken off, or not known. */
  | {
      readonly kind: 'snapshot-ended';
      readonly partition: PartitionId;
      readonly to: Incarnation;
      readonly feed: number;
      readonly installedSeq: Seq | undefined;
    }
  | {
      readonly kind: 'advice';
      readonly partition: PartitionId;
      readonly replicas: readonly Incarnation[];
      readonly primary: Incarnation | undefined;
    }
  /** The process will stop: hand over and leave in-sync sets (L4). */
  | { readonly kind: 'stop' };

export type PersistRecord =
  | { readonly kind: 'entry'; readonly partition: PartitionId; readonly entry: LogEntry }
  | { readonly kind: 'truncate'; readonly partition: PartitionId; readonly afterSeq: Seq }
  | { readonly kind: 'config'; readonly partition: PartitionId; readonly config: PartitionConfig; readonly promised: Epoch }
  /** The log starts anew at a snapshot. */
  | { readonly kind: 'base'; readonly partition: PartitionId; readonly base: LogBase };

export type Role = 'primary' | 'secondary' | 'learner' | 'none';

/** What the host must do, in this order. */
export type Effect =
  /** Append to the log; tell `log-durable` when it is on disk. */
  | { readonly kind: 'persist'; readonly token: PersistToken; readonly records: readonly PersistRecord[] }
  /** Send, once everything up to `afterToken` is durable (0: at once). */
  | { readonly kind: 'send'; readonly stream: StreamId; readonly message: PeerMessage; readonly afterToken: PersistToken }
  /** Entries up to `through` are committed: apply them and answer who waits. */
  | { readonly kind: 'commit'; readonly partition: PartitionId; readonly through: Seq }
  /** Entries above `afterSeq` are void; staged changes above it too. */
  | { readonly kind: 'truncated'; readonly partition: PartitionId; readonly afterSeq: Seq }
  | { readonly kind: 'role'; readonly partition: PartitionId; readonly role: Role; readonly epoch: Epoch; readonly serving: boolean }
  /** Relay to the gateways (C2). */
  | { readonly kind: 'propose-config'; readonly expectedEpoch: Epoch; readonly config: PartitionConfig }
  /** Stream the partition's rows, at an applied seq of at least `atLeast`, to a learner. */
  | {
      readonly kind: 'send-snapshot';
      readonly partition: PartitionId;
      readonly to: Incarnation;
      readonly feed: number;
      readonly epoch: Epoch;
      readonly atLeast: Seq;
    }
  /** This disk lost something it had promised to hold: rejoin as a new incarnation (D2). */
  | { readonly kind: 'leave'; readonly partition: PartitionId; readonly reason: string };
