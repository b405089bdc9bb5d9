import type { Epoch, Incarnation, NodeName, PartitionId, ProposalId, Zone } from './ids.ts';

/** Who holds one partition (REPLICATION C1). Immutable: every change is a new value with a higher epoch. */
export interface PartitionConfig {
  readonly partition: PartitionId;
  readonly epoch: Epoch;
  readonly proposal: ProposalId;
  /** Who should hold it. */
  readonly replicas: readonly Incarnation[];
  readonly primary: Incarnation;
  /** Who certainly holds every committed entry. */
  readonly inSync: readonly Incarnation[];
  /** Who is being filled. */
  readonly learners: readonly Incarnation[];
}

/** One incarnation of a storage node. */
export interface Member {
  readonly incarnation: Incarnation;
  readonly name: NodeName;
  readonly zone: Zone;
  readonly weight: number;
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly state: 'active' | 'draining' | 'retired';
  readonly joinedMs: number;
  /** 0 while it is connected to a gateway. */
  readonly lastSeenMs: number;
}

export interface ClusterSettings {
  readonly clusterId: string;
  readonly copies: number;
  /** Copies in sync without which nothing commits (I3). */
  readonly minInSync: number;
  /** Distinct zones without which nothing commits (I3). */
  readonly minZones: number;
  readonly partitions: number;
  /** A minimum that every partition meets and that will be raised to: from now on none goes below it. */
  readonly coming?: { readonly minInSync: number; readonly minZones: number } | undefined;
}

/** A picture of the cluster; partitions may be of different ages, each has its own epoch. */
export interface ClusterMap {
  /** Control store revision of the picture. */
  readonly revision: number;
  readonly settings: ClusterSettings;
  readonly members: ReadonlyMap<Incarnation, Member>;
  /** By partition id; a hole is a partition not yet placed. */
  readonly partitions: readonly (PartitionConfig | undefined)[];
}

/** Where the newest known map can be read and waited for. */
export interface ClusterMapSource {
  /** The newest map, or undefined before the first. */
  current(): ClusterMap | undefined;
  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: (map: ClusterMap) => void): () => void;
}
