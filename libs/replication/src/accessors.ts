import type { Epoch, Incarnation, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { members, minimumMet } from './configuration.ts';
import type { Core } from './state.ts';
import type { LogEntry, Role, Seq } from './types.ts';

/** What a host or a status page may know of one partition. */
export interface ReplicaStatus {
  readonly partition: PartitionId;
  readonly role: Role;
  readonly config: PartitionConfig | undefined;
  /** Epoch under which it acts; 0 before any. */
  readonly epoch: Epoch;
  readonly serving: boolean;
  readonly commit: Seq;
  readonly lastSeq: Seq;
  readonly baseSeq: Seq;
  readonly logBytes: number;
}

export function replicaStatus(core: Core, partition: PartitionId): ReplicaStatus | undefined {
  const replica = core.replicas.get(partition);
  if (replica === undefined) return undefined;
  return {
    partition,
    role: replica.told.role,
    config: replica.config,
    epoch: (replica.config?.epoch ?? 0) as Epoch,
    serving: replica.told.serving,
    commit: replica.commit,
    lastSeq: replica.log.last.seq,
    baseSeq: replica.log.base.seq,
    logBytes: replica.log.sizeBytes,
  };
}

export function replicaPartitions(core: Core): PartitionId[] {
  return [...core.replicas.keys()];
}

/** Entries `from..to`, both included; those below the base are left out. */
export function entriesOf(core: Core, partition: PartitionId, from: Seq, to: Seq): LogEntry[] {
  return core.replicas.get(partition)?.log.range(from, to) ?? [];
}

/** The epoch and hash at `seq`, as a checkpoint or snapshot records them. */
export function positionAt(core: Core, partition: PartitionId, seq: Seq): { epoch: Epoch; hash: number } | undefined {
  return core.replicas.get(partition)?.log.at(seq);
}

/** How far the others are behind what this node leads. */
export interface FollowerLag {
  readonly node: Incarnation;
  /** Entries that it has not acknowledged, over all partitions; all kept ones of a partition where its log is not known to agree yet. */
  readonly entries: number;
  /** Sent to it and not acknowledged. */
  readonly inFlightBytes: number;
}

/** One for each node that follows this one in some partition, as replica or as learner. */
export function followerLags(core: Core): FollowerLag[] {
  const lags = new Map<Incarnation, { node: Incarnation; entries: number; inFlightBytes: number }>();
  for (const { term, log } of core.replicas.values()) {
    for (const [node, follower] of term?.followers ?? []) {
      const lag = lags.get(node) ?? { node, entries: 0, inFlightBytes: 0 };
      lag.entries += log.last.seq - Math.max(follower.acked ?? 0, log.base.seq);
      lag.inFlightBytes += follower.inFlightBytes;
      lags.set(node, lag);
    }
  }
  return [...lags.values()];
}

/** The set whose acks a commit needs now (C3). */
export function presentMembers(core: Core, partition: PartitionId): Incarnation[] {
  const replica = core.replicas.get(partition);
  return replica === undefined ? [] : [...members(core, replica)];
}

/** Every partition that still counts this node as in sync: what a stopping node waits for (L4). */
export function partitionsInSync(core: Core): PartitionId[] {
  return [...core.replicas.values()].filter((r) => r.config?.inSync.includes(core.self) === true).map((r) => r.partition);
}

/** What a stopping node still waits for (L4): a partition that another could lead, or that has enough members without it. */
export function canStillLeave(core: Core): boolean {
  return [...core.replicas.values()].some((replica) => {
    const { config } = replica;
    if (config?.inSync.includes(core.self) !== true) return false;
    const others = config.inSync.filter((node) => {
      const peer = core.peers.get(node);
      return node !== core.self && peer?.dialed !== undefined && !peer.stopping;
    });
    return config.primary === core.self ? others.length > 0 : minimumMet(core, others);
  });
}

/** Whether this node has a stream to that one now, or is that one. */
export function isConnected(core: Core, node: Incarnation): boolean {
  return node === core.self || core.peers.get(node)?.dialed !== undefined;
}

/** Whether a partition counts this node in sync and no other that is connected: what it holds of it must not be given up. */
export function isLastCopy(core: Core): boolean {
  return [...core.replicas.values()].some(
    ({ config }) =>
      config?.inSync.includes(core.self) === true &&
      !config.inSync.some((node) => node !== core.self && core.peers.get(node)?.dialed !== undefined),
  );
}
