import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { createRestorer, decodeRecord } from '@pilvi/replication';
import type { PersistRecord, RestoredReplica } from '@pilvi/replication';
import type { Lsn, ReplicationLog, StoredRecord } from '@pilvi/replication-log';
import type { ChunkInventory, RowStore } from '@pilvi/row-store';
import { readChunkRecord } from './chunks/chunk-journal.ts';
import { readCheckpointed } from './replication/checkpointed-record.ts';
import { RecordKind } from './replication/record-kinds.ts';

export interface ReplayedLog {
  readonly restored: readonly RestoredReplica[];
  /** Where the replayed entries lie in the log. */
  readonly replayed: readonly { readonly record: PersistRecord; readonly lsn: Lsn }[];
}

const KIND_NAMES = new Map<number, PersistRecord['kind']>([
  [RecordKind.entry, 'entry'],
  [RecordKind.truncate, 'truncate'],
  [RecordKind.config, 'config'],
  [RecordKind.base, 'base'],
]);

/**
 * Replays the log over the last checkpoint (D3): entries for the core to commit again, chunk changes into the inventory. Throws when the rows are behind
 * the checkpoint that the log was trimmed after: LevelDB drops what it cannot read of its own log without a word.
 */
export async function replayLog(log: ReplicationLog, rows: RowStore, inventory: ChunkInventory, torn: boolean): Promise<ReplayedLog> {
  const restorer = createRestorer();
  const replayed: { record: PersistRecord; lsn: Lsn }[] = [];
  const checkpointed = new Map<PartitionId, number>();
  for await (const stored of log.replay()) {
    const kind = KIND_NAMES.get(stored.kind);
    if (kind === undefined) {
      if (stored.kind === RecordKind.checkpointed) checkpointed.set(partitionId(stored.partition), readCheckpointed(stored.body));
      else replayChunkChange(stored, inventory);
      continue;
    }
    const record = decodeRecord(kind, stored.partition, stored.body);
    restorer.add(record);
    replayed.push({ record, lsn: stored.lsn });
    if (record.kind === 'base') checkpointed.set(record.partition, record.base.seq);
  }
  const checkpoints = new Map<PartitionId, { seq: number; epoch: never; hash: number }>();
  for (const [partition, mark] of rows.checkpoints)
    checkpoints.set(partitionId(partition), { seq: mark.seq, epoch: mark.epoch as never, hash: mark.hash });
  for (const [partition, seq] of checkpointed) {
    const found = checkpoints.get(partition)?.seq ?? 0;
    if (found < seq)
      throw new Error(`the rows of partition ${String(partition)} stand at ${String(found)}, and were checkpointed at ${String(seq)}`);
  }
  return { restored: restorer.finish(checkpoints, torn), replayed };
}

function replayChunkChange(stored: StoredRecord, inventory: ChunkInventory): void {
  const change = readChunkRecord(stored);
  if (change?.kind === 'added') inventory.add([change.info]);
  else if (change?.kind === 'removed') inventory.remove(change.partition, change.ids);
}
