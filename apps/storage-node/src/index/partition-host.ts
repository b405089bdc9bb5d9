import type { Epoch, PartitionId } from '@pilvi/cluster-map';
import type { Placement } from '@pilvi/object-index';

/** A request waits this long for the term of a claim that is won: longer than the grace (L1), shorter than a gateway's patience with one attempt. */
export const TERM_PATIENCE_MS = 1_500;

/** What the index needs of the replication host: the leading of partitions, seen from the one who asks. */
export interface PartitionHost {
  /** The epoch under which this node serves the partition as primary now, or undefined. */
  serving(partition: PartitionId): Epoch | undefined;
  /**
   * As `serving`, but waits while this node's claim is won and its term does not serve yet (L2: over TCP until the grace has passed), for `patienceMs` at
   * most. So a gateway's request goes on at that instant, and not when its next attempt comes.
   */
  servingSoon(partition: PartitionId, patienceMs: number): Promise<Epoch | undefined>;
  /** Highest epoch known of the partition, served here or not. */
  knownEpoch(partition: PartitionId): Epoch;
  /** Every in-sync replica's lease is valid at this instant (I4). */
  leaseValid(partition: PartitionId): boolean;
  /** Appends and sends an entry (W1); its sequence number, or undefined when this node may not. */
  propose(partition: PartitionId, body: Buffer): number | undefined;
  /** Sequence number of the last entry proposed. */
  lastSeq(partition: PartitionId): number;
  /** Resolves when the entry has committed and is applied; rejects with TermEnded when this node stops leading first. */
  committed(partition: PartitionId, seq: number): Promise<void>;
  /** As `committed`, for all that was proposed until now; rejects at once where this node does not serve, whose last entries may never commit. */
  settled(partition: PartitionId): Promise<void>;
  /** Who should hold the partition's chunks, for the check of K1. */
  placement(partition: PartitionId): Placement;
  /** Partitions served now. */
  servedPartitions(): PartitionId[];
}

/** The node lost its term while an entry was under way: its outcome is unknown here (W3). */
export class TermEnded extends Error {
  override readonly name = 'TermEnded';
}
