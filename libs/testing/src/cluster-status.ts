/** What `pilvi status --json` says, as far as tests need it. */
export interface ClusterStatus {
  /** It can serve reads and writes. */
  readonly serving: boolean;
  /** Why it does not; empty when it does. */
  readonly reason: string;
  /** The loss of one node would lose nothing and stop nothing. */
  readonly redundant: boolean;
  /** Why the control store does not serve; empty when it does. */
  readonly controlStore: string;
  /** The gateway that answered, and whether it runs the controllers. */
  readonly gateway: { readonly name: string; readonly leads: boolean };
  readonly settings: { readonly copies: number; readonly partitions: number };
  readonly nodes: readonly NodeStatus[];
  readonly partitions: {
    readonly total: number;
    /** Fewer copies in sync than wanted. */
    readonly underReplicated: number;
    /** Without a primary that serves. */
    readonly leaderless: number;
    readonly lost: number;
    readonly differing: number;
  };
  readonly objects: {
    readonly total: number;
    /** Objects and parts with a piece that has fewer copies than wanted. */
    readonly underReplicated: number;
  };
}

export interface NodeStatus {
  readonly name: string;
  readonly zone: string;
  /** Changes with a wiped disk. */
  readonly incarnation: string;
  readonly state: 'up' | 'down' | 'draining' | 'stopping' | 'lost';
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Where damaged data was set aside; empty when there is none. */
  readonly setAside: string;
  readonly scrub: { readonly running: boolean; readonly finishedMs: number; readonly healed: number };
  readonly partitions: { readonly primary: number; readonly secondary: number; readonly learner: number };
}

/** Every partition is in sync on as many nodes as wanted, and serves. Pure. */
export function isInSync(status: ClusterStatus): boolean {
  return status.serving && status.partitions.underReplicated === 0 && status.partitions.leaderless === 0;
}

/** Every partition and every piece has its copies, and all nodes are there. Pure. */
export function isWhole(status: ClusterStatus): boolean {
  return isInSync(status) && status.objects.underReplicated === 0 && status.nodes.every((node) => node.state === 'up');
}
