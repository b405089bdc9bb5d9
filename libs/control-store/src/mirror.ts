import type { Commit } from './commit.ts';
import type { KeyValue } from './control-store.ts';

/** What one storage node says of its copy. */
export interface MirrorDescription {
  /** Which copy this is: a random id that was made with it, and is lost with it. */
  readonly copyId: string;
  /** Cluster whose control data it holds; empty: none. */
  readonly clusterId: string;
  /** Highest revision held durably. */
  readonly revision: number;
  /** Term of the gateway that wrote it. Of two copies the one with the higher (contentTerm, revision) is newer. */
  readonly contentTerm: number;
  /** Highest term of a gateway that ever spoke here; lower ones are refused. */
  readonly writerTerm: number;
  /** Highest revision that the node has seen anywhere, the map it acts under included. */
  readonly highestSeenRevision: number;
}

export interface MirrorAppend {
  readonly clusterId: string;
  readonly writerTerm: number;
  /** In order, without a gap. None: the term is raised, and older gateways are shut out. */
  readonly commits: readonly Commit[];
}

export interface MirrorAnswer {
  /** Accepted and durable. */
  readonly accepted: boolean;
  /** The copy that answers. */
  readonly copyId: string;
  /** Highest revision held now. */
  readonly revision: number;
  /** Highest writer term seen: above the asker's when another gateway took over. */
  readonly writerTerm: number;
}

/** A slice of a snapshot; its entries are in the order of their keys. */
export interface SnapshotPart {
  readonly clusterId: string;
  readonly writerTerm: number;
  readonly revision: number;
  readonly entries: readonly KeyValue[];
  /** The last part. */
  readonly done: boolean;
}

/**
 * A copy of the embedded store's data on a storage node (REPLICATION E1, E2). A writer's first data in its term is a
 * snapshot; only then does the mirror take its commits. So a mirror never mixes what two gateways wrote, even when one of
 * them left a commit behind that never counted.
 */
export interface ControlMirror {
  /** Whom the calls reach: the node. Which copy it holds, its answers say. */
  readonly id: string;
  describe(signal: AbortSignal): Promise<MirrorDescription>;
  append(request: MirrorAppend, signal: AbortSignal): Promise<MirrorAnswer>;
  /** Replaces everything held. */
  install(parts: AsyncIterable<SnapshotPart>, signal: AbortSignal): Promise<MirrorAnswer>;
  /** Everything held. */
  read(clusterId: string, signal: AbortSignal): AsyncIterable<SnapshotPart>;
}
