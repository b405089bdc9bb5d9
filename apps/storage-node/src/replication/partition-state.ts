import type { PartitionId } from '@pilvi/cluster-map';
import { decodeEntry } from '@pilvi/object-index';
import { entriesOf } from '@pilvi/replication';
import type { Core, PersistRecord } from '@pilvi/replication';
import type { Lsn } from '@pilvi/replication-log';
import type { RowStore } from '@pilvi/row-store';

/** What the host does to the rows when the core says so, and which part of the log still carries what is not checkpointed. */
export interface PartitionState {
  /** Applies committed entries: the staged evaluation where this node proposed them, else the decoded entry. */
  commit(core: Core, partition: PartitionId, through: number): void;
  discardAbove(partition: PartitionId, afterSeq: number): void;
  noteAppended(records: readonly PersistRecord[], lastLsn: Lsn): void;
  /** The lowest lsn of an entry above what was checkpointed; what is below all of them may be trimmed (D3). */
  neededFrom(checkpointed: ReadonlyMap<PartitionId, number>): Lsn | undefined;
}

export function createPartitionState(rows: RowStore): PartitionState {
  /** Where each partition's entries lie in the log, ascending; entries replayed at the start are noted too. */
  const positions = new Map<PartitionId, { seq: number; lsn: Lsn }[]>();
  return {
    commit(core, partition, through) {
      for (const entry of entriesOf(core, partition, rows.applied(partition).seq + 1, through)) {
        rows.apply(partition, entry.seq, rows.takeStaged(partition, entry.seq) ?? decodeEntry(entry.body));
      }
    },
    discardAbove(partition, afterSeq) {
      rows.discardStaged(partition, afterSeq);
    },
    noteAppended(records, lastLsn) {
      records.forEach((record, i) => {
        // The log starts anew there: what lies before it is needed no more.
        if (record.kind === 'base') positions.delete(record.partition);
        if (record.kind !== 'entry') return;
        let list = positions.get(record.partition);
        if (list === undefined) positions.set(record.partition, (list = []));
        list.push({ seq: record.entry.seq, lsn: lastLsn - (records.length - 1 - i) });
      });
    },
    neededFrom(checkpointed) {
      let lowest: Lsn | undefined;
      for (const [partition, list] of positions) {
        const seq = checkpointed.get(partition) ?? 0;
        const kept = list.filter((p) => p.seq > seq);
        positions.set(partition, kept);
        const [first] = kept;
        if (first !== undefined && (lowest === undefined || first.lsn < lowest)) lowest = first.lsn;
      }
      return lowest;
    },
  };
}
