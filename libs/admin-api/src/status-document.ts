/** Body of `GET /_pilvi/status`: the cluster as its gateway sees it now. */
export interface StatusDocument {
  readonly clusterId: string;
  /** As in the health document. */
  readonly serving: boolean;
  readonly redundant: boolean;
  /** Why it does not serve; empty when it does. */
  readonly reason: string;
  /** As in the health document. */
  readonly controlStore: string;
  /** The gateway that answers, and whether it runs the controllers. */
  readonly gateway: { readonly name: string; readonly leads: boolean };
  readonly settings: { readonly copies: number; readonly minInSync: number; readonly minZones: number; readonly partitions: number };
  /** Every member that is not retired, by name. */
  readonly nodes: readonly NodeStatus[];
  readonly partitions: PartitionsStatus;
  readonly objects: ObjectsStatus;
  readonly compute: ComputeStatus;
}

/** `lost`: not heard of for so long that its places are given to others (P2). */
export type NodeState = 'up' | 'down' | 'draining' | 'stopping' | 'lost';

export interface NodeStatus {
  readonly name: string;
  readonly zone: string;
  readonly incarnation: string;
  readonly address: string;
  readonly state: NodeState;
  /** Milliseconds since the Unix epoch; 0 while it is connected. */
  readonly lastSeenMs: number;
  /** Of the disk; 0 when the node has not reported yet. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly chunkBytes: number;
  readonly indexBytes: number;
  /** Directory with what an earlier incarnation of this node stored and could not be trusted; empty when there is none. */
  readonly setAside: string;
  readonly scrub: ScrubStatus;
  /** How many partitions it leads, follows in sync, and is being filled with. */
  readonly partitions: { readonly primary: number; readonly secondary: number; readonly learner: number };
  /** In how many partitions it has, or is to have, a place. */
  readonly places: number;
  /** Of how many partitions that are not its own any more it may hold chunks that are needed. */
  readonly unsettled: number;
  /** Nothing that it holds is needed there: it may be removed. */
  readonly isEmpty: boolean;
}

/** Reading all that a node stores again, to find and mend damage. */
export interface ScrubStatus {
  readonly running: boolean;
  /** When the last one ended, milliseconds since the Unix epoch; 0: none since the node started. */
  readonly finishedMs: number;
  /** Pieces that it found damaged or missing and mended. */
  readonly healed: number;
}

export interface PartitionsStatus {
  readonly total: number;
  /** Fewer copies in sync than wanted. 0 when whole. */
  readonly underReplicated: number;
  /** No primary that serves. 0 when whole. */
  readonly leaderless: number;
  /** Every disk that held them is gone or was set aside: they wait until one is put back. 0 when whole. */
  readonly lost: number;
  /** A replica's rows differ from the primary's: one of them is damaged, and is replaced. 0 when whole. */
  readonly differing: number;
}

export interface ComputeStatus {
  /** As in the health document. */
  readonly reason: string;
  /** Compute nodes in touch with this gateway, by name. */
  readonly nodes: readonly ComputeNodeStatus[];
}

/** `off`: its machine lacks something. */
export interface ComputeNodeStatus {
  readonly name: string;
  readonly zone: string;
  readonly state: 'up' | 'off' | 'stopping';
  /** One line each; empty when it lacks nothing. */
  readonly missing: readonly string[];
  /** Instances that run there now, and those that are there but do not. */
  readonly running: number;
  readonly notRunning: number;
  /** Where public addresses are taken from; empty: nowhere. */
  readonly publicCidr: string;
  /** Images that are being made, and how far that is; one line each. */
  readonly progress: readonly string[];
}

export interface ObjectsStatus {
  readonly total: number;
  /** Objects and parts with a piece that has fewer copies than wanted. 0 only when every partition has counted and found none:
   *  a partition that has not counted yet adds 1. */
  readonly underReplicated: number;
}
