import type { Epoch, PartitionId } from '@pilvi/cluster-map';
import type { Placement } from '@pilvi/object-index';

/** What the index needs of the replication host: the leading of partitions, seen from the one who asks. */
export interface PartitionHost {
  /** The epoch under which this node serves the partition as primary now, or undefined. */
  serving(partition: PartitionId): Epoch | undefined;
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
  /** Who should hold the partition's chunks, for the check of K1. */
  placement(partition: PartitionId): Placement;
  /** Partitions served now. */
  servedPartitions(): PartitionId[];
}

/** The node lost its term while an entry was under way: its outcome is unknown here (W3). */
export class TermEnded extends Error {
  override readonly name = 'TermEnded';
}
