import type { PartitionId } from '@pilvi/cluster-map';
import type { DecodedEntry, RowChange, RowView } from '@pilvi/object-index';

interface Staged {
  readonly seq: number;
  readonly entry: DecodedEntry;
}

/** What is newer than LevelDB: changes proposed and not committed, and changes committed and not yet written. */
export interface PendingRows {
  readonly committed: RowView;
  readonly pending: RowView;
  stage(partition: PartitionId, seq: number, entry: DecodedEntry): void;
  takeStaged(partition: PartitionId, seq: number): DecodedEntry | undefined;
  discardStaged(partition: PartitionId, afterSeq: number): void;
  /** Committed, and to be written with this batch. */
  applied(changes: readonly RowChange[], batch: number): void;
  written(batch: number): void;
}

/** `stored` reads LevelDB. */
export function createPendingRows(stored: (key: Buffer) => Buffer | undefined): PendingRows {
  const staged = new Map<PartitionId, Staged[]>();
  /** The newest proposed value of a row, and the entry that proposes it. */
  const proposed = new Map<string, { value: Buffer | undefined; seq: number }>();
  const unwritten = new Map<string, { value: Buffer | undefined; batch: number }>();
  const byBatch = new Map<number, string[]>();

  const committedGet = (key: Buffer): Buffer | undefined => {
    if (unwritten.size > 0) {
      const newer = unwritten.get(key.toString('latin1'));
      if (newer !== undefined) return newer.value;
    }
    return stored(key);
  };
  const noScan = (): never => {
    throw new Error('this view scans nothing: read the ranges ahead');
  };

  return {
    committed: { get: committedGet, scan: noScan },
    pending: {
      get(key: Buffer) {
        if (proposed.size > 0) {
          const newer = proposed.get(key.toString('latin1'));
          if (newer !== undefined) return newer.value;
        }
        return committedGet(key);
      },
      scan: noScan,
    },
    stage(partition: PartitionId, seq: number, entry: DecodedEntry): void {
      let list = staged.get(partition);
      if (list === undefined) staged.set(partition, (list = []));
      list.push({ seq, entry });
      for (const { key, value } of entry.changes) proposed.set(key.toString('latin1'), { value, seq });
    },
    takeStaged(partition: PartitionId, seq: number): DecodedEntry | undefined {
      const list = staged.get(partition) ?? [];
      // Entries below were committed by another way (a snapshot): nothing waits for them any more.
      for (let first = list[0]; first !== undefined && first.seq <= seq; first = list[0]) {
        list.shift();
        forget(first);
        if (first.seq === seq) return first.entry;
      }
      return undefined;
    },
    discardStaged(partition: PartitionId, afterSeq: number): void {
      const list = staged.get(partition);
      if (list === undefined) return;
      const kept = list.filter((s) => s.seq <= afterSeq);
      for (const dropped of list) if (dropped.seq > afterSeq) forget(dropped);
      staged.set(partition, kept);
      // What a dropped entry had covered is proposed again by those that stay.
      for (const s of kept) for (const { key, value } of s.entry.changes) proposed.set(key.toString('latin1'), { value, seq: s.seq });
    },
    applied(changes: readonly RowChange[], batch: number): void {
      let keys = byBatch.get(batch);
      if (keys === undefined) byBatch.set(batch, (keys = []));
      for (const { key, value } of changes) {
        const name = key.toString('latin1');
        unwritten.set(name, { value, batch });
        keys.push(name);
      }
    },
    written(batch: number): void {
      for (const name of byBatch.get(batch) ?? []) if (unwritten.get(name)?.batch === batch) unwritten.delete(name);
      byBatch.delete(batch);
    },
  };

  function forget({ seq, entry }: Staged): void {
    for (const { key } of entry.changes) {
      const name = key.toString('latin1');
      if (proposed.get(name)?.seq === seq) proposed.delete(name);
    }
  }
}
