import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { keptRecords, positionAt } from '@pilvi/replication';
import type { Core, LogBase } from '@pilvi/replication';
import type { LogRecord, ReplicationLog } from '@pilvi/replication-log';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import type { RowStore } from '@pilvi/row-store';
import { isCheckpointDue } from './checkpoint-due.ts';
import { checkpointedRecord } from './checkpointed-record.ts';
import { toLogRecord } from './log-writer.ts';
import type { PartitionState } from './partition-state.ts';
import type { ReplicationHost } from './replication-host.ts';

/** Looks at the log's size this often. */
const LOOK_EVERY_MS = 1_000;

/** Makes the rows durable from time to time, and lets go of the log below (D3). */
export interface Checkpointer {
  /** One checkpoint now. `installed`: positions of snapshots, which no log entry tells. */
  run(installed?: ReadonlyMap<PartitionId, LogBase>): Promise<void>;
}

export function createCheckpointer(components: {
  host: ReplicationHost;
  rows: RowStore;
  log: ReplicationLog;
  state: PartitionState;
  clock: Clock;
  supervisor: Supervisor;
  logger: Logger;
  everyMs: number;
  logBytes: number;
}): Checkpointer {
  const { host, rows, log, state, clock, supervisor, logger } = components;
  let turn: Promise<void> = Promise.resolve();

  async function checkpoint(installed: ReadonlyMap<PartitionId, LogBase>): Promise<void> {
    const startedMs = clock.monotonicMs();
    const beforeLsn = log.nextLsn;
    const done = await rows.checkpoint((partition, seq) => {
      const base = installed.get(partition);
      return base?.seq === seq ? base : positionAt(host.core, partition, seq);
    });
    for (const [partition, seq] of done) host.dispatch({ kind: 'checkpointed', partition, seq });
    // E1: what is not an entry must outlive the records trimmed.
    const lsn = log.append([...keptRecords(host.core).map(toLogRecord), ...checkpointedRecords(host.core, done)]);
    await log.sync();
    const needed = state.neededFrom(done);
    await log.trim(Math.min(needed ?? lsn, beforeLsn));
    logger.debug({ partitions: done.size, logBytes: log.sizeBytes, tookMs: Math.round(clock.monotonicMs() - startedMs) }, 'checkpoint');
  }

  function run(installed: ReadonlyMap<PartitionId, LogBase> = new Map()): Promise<void> {
    turn = turn.then(() => checkpoint(installed));
    return turn;
  }

  supervisor.run(
    'checkpoints',
    async (signal) => {
      let lastMs = clock.monotonicMs();
      let lastLsn = state.neededFrom(rowsOnDisk(rows)) ?? log.nextLsn;
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        const since = { sinceMs: clock.monotonicMs() - lastMs, records: log.nextLsn - lastLsn, logBytes: log.sizeBytes };
        if (!isCheckpointDue(since, components)) continue;
        await run();
        lastMs = clock.monotonicMs();
        lastLsn = log.nextLsn;
      }
    },
    { onFailure: 'fatal' },
  );
  return { run };
}

function rowsOnDisk(rows: RowStore): Map<PartitionId, number> {
  return new Map([...rows.checkpoints].map(([partition, { seq }]) => [partitionId(partition), seq]));
}

/** A partition that is being emptied meanwhile for a snapshot no longer stands where the checkpoint found it. */
function checkpointedRecords(core: Core, done: ReadonlyMap<PartitionId, number>): LogRecord[] {
  return [...done]
    .filter(([partition, seq]) => positionAt(core, partition, seq) !== undefined)
    .map(([p, seq]) => checkpointedRecord(p, seq));
}
