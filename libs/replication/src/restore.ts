import { epoch } from '@pilvi/cluster-map';
import type { Epoch, PartitionConfig, PartitionId } from '@pilvi/cluster-map';
import { ReplicaLog } from './replica-log.ts';
import { EMPTY_BASE } from './replicas.ts';
import type { LogBase, PersistRecord, RestoredReplica } from './types.ts';

interface Folded {
  config: PartitionConfig | undefined;
  promised: Epoch;
  log: ReplicaLog;
}

/** Folds the records of the replication log, oldest first, into what `createCore` takes. */
export interface Restorer {
  add(record: PersistRecord): void;
  /** `checkpoints`: where each partition's state stands on disk (D3); a partition without one is empty. */
  finish(checkpoints: ReadonlyMap<PartitionId, LogBase>, torn: boolean): RestoredReplica[];
}

export function createRestorer(): Restorer {
  const folded = new Map<PartitionId, Folded>();
  return {
    add(record) {
      let at = folded.get(record.partition);
      if (at === undefined) {
        at = { config: undefined, promised: epoch(0), log: new ReplicaLog(EMPTY_BASE, []) };
        folded.set(record.partition, at);
      }
      fold(at, record);
    },
    finish(checkpoints, torn) {
      const partitions = new Set([...folded.keys(), ...checkpoints.keys()]);
      return [...partitions].map((partition) => {
        const at = folded.get(partition) ?? { config: undefined, promised: epoch(0), log: new ReplicaLog(EMPTY_BASE, []) };
        at.log.rebase(checkpoints.get(partition) ?? EMPTY_BASE);
        const { base } = at.log;
        return { partition, config: at.config, promised: at.promised, base, entries: at.log.range(base.seq + 1, at.log.last.seq), torn };
      });
    },
  };
}

function fold(at: Folded, record: PersistRecord): void {
  switch (record.kind) {
    case 'entry': {
      const { entry } = record;
      // The first one kept of a trimmed log: what is below it is in the checkpoint.
      if (entry.seq !== at.log.last.seq + 1) at.log.reset({ epoch: epoch(0), seq: entry.seq - 1, hash: entry.prevHash });
      at.log.append(entry);
      return;
    }
    case 'truncate':
      at.log.truncateAfter(record.afterSeq);
      return;
    case 'config':
      at.config = record.config;
      at.promised = record.promised;
      return;
    case 'base':
      at.log.reset(record.base);
      return;
  }
}

/** What must be appended again before the log below is trimmed: everything that is not an entry or a checkpoint (E1). */
export function keptRecords(core: {
  readonly replicas: ReadonlyMap<PartitionId, { config: PartitionConfig | undefined; promised: Epoch }>;
}): PersistRecord[] {
  const records: PersistRecord[] = [];
  for (const [partition, { config, promised }] of core.replicas)
    if (config !== undefined) records.push({ kind: 'config', partition, config, promised });
  return records;
}
