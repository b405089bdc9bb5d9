import type { ClusterSettings, Epoch, Incarnation, Member, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import type { ReplicaLog } from './replica-log.ts';
import type { CoreOptions, Effect, LogBase, MonotonicMs, PersistToken, Role, Rule, Seq, SnapshotOffer, StreamId } from './types.ts';

/** Everything that one node knows about replication. Owned by the core: read it through accessors. */
export interface Core {
  readonly options: CoreOptions;
  readonly self: Incarnation;
  readonly replicas: Map<PartitionId, Replica>;
  readonly peers: Map<Incarnation, Peer>;
  readonly streams: Map<StreamId, Stream>;
  settings: ClusterSettings | undefined;
  members: ReadonlyMap<Incarnation, Member>;
  /** The event's time; set at each step. */
  nowMs: MonotonicMs;
  readonly startedMs: MonotonicMs;
  lastGatewayMs: MonotonicMs;
  /** Last time a peer said that it reaches a gateway. */
  peerReachesGatewayMs: MonotonicMs;
  nextBeaconMs: MonotonicMs;
  /** Partitions whose leases are wanted before the next beacon is due. */
  readonly beaconSoon: Set<PartitionId>;
  /** Changes of configurations, made in this turn, that could have waited. */
  readonly turn: { beganMs: MonotonicMs; changes: number };
  stopping: boolean;
  nextToken: PersistToken;
  durableToken: PersistToken;
  /** Own log positions that wait for their token, in token order. */
  readonly awaitingDurable: { token: PersistToken; replica: Replica; seq: Seq; generation: number }[];
  nextFeed: number;
  effects: Effect[];
}

export interface Stream {
  readonly id: StreamId;
  readonly peer: Incarnation;
  readonly direction: 'dialed' | 'accepted';
  readonly transport: 'unix' | 'tcp';
}

export interface Peer {
  readonly incarnation: Incarnation;
  /** The stream this node dialed to it and holds open. */
  dialed: StreamId | undefined;
  /** When the dialed stream last ended. */
  endedMs: MonotonicMs | undefined;
  /** The stream that it dialed has ended, by its own doing or that of a middlebox (L3), and it has not come back. */
  isGone: boolean;
  /** It said that it stops (L4). */
  stopping: boolean;
  /** Epochs it was told on the dialed stream. */
  readonly toldEpochs: Map<PartitionId, Epoch>;
}

export interface Replica {
  readonly partition: PartitionId;
  config: PartitionConfig | undefined;
  /** No message of a lower epoch is obeyed any more. */
  promised: Epoch;
  readonly log: ReplicaLog;
  commit: Seq;
  /** Own entries certainly on disk. */
  synced: Seq;
  /** Raised by every truncation: what was written before it no longer counts as synced. */
  generation: number;
  torn: boolean;
  /** A member left: its log reaches at least up to here (M3). */
  lost: { readonly above: Seq; readonly sinceMs: MonotonicMs } | undefined;
  term: Term | undefined;
  claim: Claim | undefined;
  /** Last ack given to a primary, by the stream that carried it (L3). A process start counts as one (L1). */
  readonly acksGiven: Map<StreamId, MonotonicMs>;
  startGraceMs: MonotonicMs;
  /** Newest feed that this replica has answered: snapshots of earlier ones come too late (M1). */
  feedSeen: { epoch: Epoch; feed: number };
  /** A snapshot is being installed; the last Prepare put off meanwhile is answered at its end. */
  installing:
    | { readonly offer: SnapshotOffer; putOff: { readonly stream: StreamId; readonly epoch: Epoch; readonly feed: number } | undefined }
    | undefined;
  claimNotBeforeMs: MonotonicMs;
  /** The primary of this epoch is proven or suspected dead: claim at `hurryAtMs` without waiting for the grace. */
  hurryEpoch: Epoch | undefined;
  hurryAtMs: MonotonicMs;
  advice: { readonly replicas: readonly Incarnation[]; readonly primary: Incarnation | undefined } | undefined;
  /** Last role told to the host. */
  told: { role: Role; epoch: number; serving: boolean };
}

/** A claim under way: a CAS whose outcome only the map tells (C3). */
export interface Claim {
  readonly config: PartitionConfig;
  readonly expectedEpoch: Epoch;
  sentMs: MonotonicMs;
  /** When the grace of acks given before the claim is over; 0 when released (L4). */
  readonly graceOverMs: MonotonicMs;
}

export interface OutstandingProposal {
  readonly config: PartitionConfig;
  readonly expectedEpoch: Epoch;
  sentMs: MonotonicMs;
}

/** The time in which this process leads a partition (I2). */
export interface Term {
  epoch: Epoch;
  readonly firstEpoch: Epoch;
  phase: 'collect' | 'replicate' | 'serve';
  readonly startedMs: MonotonicMs;
  /** Since when its present epoch holds. */
  epochSinceMs: MonotonicMs;
  readonly graceOverMs: MonotonicMs;
  /** Entries up to here must commit before it serves. */
  goal: Seq;
  readonly followers: Map<Incarnation, Follower>;
  readonly collected: Map<Incarnation, Collected>;
  readonly collectSentMs: Map<Incarnation, MonotonicMs>;
  /** Proposals made at the present epoch whose outcome is not known (C3). */
  outstanding: OutstandingProposal[];
  /** It has given its leases up (L4). */
  releasedMs: MonotonicMs | undefined;
  /** It refuses new entries until all have committed, then releases to this successor (L4). */
  handOverTo: Incarnation | undefined;
  handOverSinceMs: MonotonicMs;
}

export interface Collected {
  readonly base: LogBase;
  readonly lastEpoch: Epoch;
  readonly lastSeq: Seq;
  readonly commit: Seq;
}

export interface Follower {
  readonly incarnation: Incarnation;
  feed: number;
  /** Next entry to send. */
  nextSeq: Seq;
  /** Highest durable there in this feed; undefined while its log is not known to agree. */
  acked: Seq | undefined;
  lease: { readonly stream: StreamId; readonly untilMs: MonotonicMs } | undefined;
  lastHeardMs: MonotonicMs;
  /** Bytes sent and not acked. */
  inFlightBytes: number;
  inFlight: { readonly seq: Seq; readonly bytes: number }[];
  /** A snapshot of this seq or above is on its way. */
  snapshot: { readonly feed: number; readonly atLeast: Seq; readonly stream: StreamId | undefined } | undefined;
  snapshotNotBeforeMs: MonotonicMs;
  /** Gaps in a row since the last ack of this term. */
  gaps: number;
  /** The dialed stream on which nextSeq counts. */
  stream: StreamId | undefined;
}

export function keeps(core: Core, rule: Rule): boolean {
  return core.options.leftOut?.has(rule) !== true;
}

export function emit(core: Core, effect: Effect): void {
  core.effects.push(effect);
}

export function peerOf(core: Core, incarnation: Incarnation): Peer {
  let peer = core.peers.get(incarnation);
  if (peer === undefined) {
    peer = { incarnation, dialed: undefined, endedMs: undefined, isGone: false, stopping: false, toldEpochs: new Map() };
    core.peers.set(incarnation, peer);
  }
  return peer;
}
