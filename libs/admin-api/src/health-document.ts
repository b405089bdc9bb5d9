/** Body of `GET /_pilvi/health`: 200 when the cluster can serve reads and writes, 503 before. */
export interface HealthDocument {
  readonly status: 'ok' | 'unavailable';
  /** Why it cannot serve, for a person; empty when it can. */
  readonly reason: string;
  /** False when the loss of one node would lose data or stop writes: fewer than two copies. */
  readonly redundant: boolean;
  /** Why the control store does not serve, for a person; empty when it does. Without it reads and writes go on, and failovers and changes of buckets wait. */
  readonly controlStore: string;
  /** Compute nodes in touch with the gateway; and why instances cannot be run, for a person, empty when they can. The store does not depend on it. */
  readonly compute: { readonly nodes: number; readonly reason: string };
}

/**
 * `GET /_pilvi/ready` of a gateway: 200 when it takes requests, 503 while it starts or stops. For load balancers: unlike health it says nothing of the
 * cluster, which all gateways see alike, so that a failover of some partitions never takes all gateways away.
 */
export interface ReadyDocument {
  readonly ready: boolean;
  /** Why not, for a person; empty when it is. */
  readonly reason: string;
}
