import type { NodeName, PartitionId } from '@pilvi/cluster-map';
import { createProcessMetrics, FSYNC_BUCKETS_SECONDS, LATENCY_BUCKETS_SECONDS } from '@pilvi/metrics';
import type { ProcessMetrics } from '@pilvi/metrics';
import type { Role } from '@pilvi/replication';
import type { WrittenBatch } from '@pilvi/replication-log';
import { createRequestTimes } from './request-times.ts';
import type { RequestTimes } from './request-times.ts';

/** What a storage node counts while it works. What it keeps anyway is read when asked for (node-readings.ts). */
export interface NodeMetrics {
  readonly process: ProcessMetrics;
  readonly requests: RequestTimes;
  readonly chores: ChoreCounts;
  logWritten(batch: WrittenBatch): void;
  committed(tookMs: number): void;
  /** Told at every change of what this node is in a partition; counts those of its role. */
  role(partition: PartitionId, role: Role): void;
}

/** What housekeeping has done since the start. */
export interface ChoreCounts {
  readonly repairedRows: { inc(by: number): void };
  readonly scrubbedChunks: { inc(): void };
  readonly healedChunks: { inc(): void };
  census(orphansDeleted: number): void;
}

export function createNodeMetrics(name: NodeName): NodeMetrics {
  const process = createProcessMetrics({ name, kind: 'storage-node' });
  const { addCounter, addHistogram } = process;
  const writes = addHistogram('pilvi_log_write_seconds', 'Time to write one batch of the replication log.', FSYNC_BUCKETS_SECONDS);
  const fsyncs = addHistogram('pilvi_log_fsync_seconds', 'Time of one fdatasync of the replication log (D1).', FSYNC_BUCKETS_SECONDS);
  const records = addCounter('pilvi_log_records_total', 'Records appended to the replication log and on disk.');
  const bytes = addCounter('pilvi_log_written_bytes_total', 'Bytes appended to the replication log and on disk.');
  const commits = addHistogram(
    'pilvi_commit_seconds',
    'Time from the proposal of an entry by this primary until every in-sync replica has it on disk (I3).',
    LATENCY_BUCKETS_SECONDS,
  );
  const changes = addCounter('pilvi_partition_role_changes_total', 'Partitions that took this role here; a failover makes a primary.', [
    'role',
  ]);
  const roles = new Map<PartitionId, Role>();
  return {
    process,
    requests: createRequestTimes(process),
    chores: createChoreCounts(process),
    logWritten(batch) {
      writes.observe(batch.writeMs / 1_000);
      fsyncs.observe(batch.syncMs / 1_000);
      records.inc(batch.records);
      bytes.inc(batch.bytes);
    },
    committed(tookMs) {
      commits.observe(tookMs / 1_000);
    },
    role(partition, role) {
      if (roles.get(partition) === role) return;
      roles.set(partition, role);
      changes.inc({ role });
    },
  };
}

function createChoreCounts({ addCounter }: ProcessMetrics): ChoreCounts {
  const censuses = addCounter('pilvi_censuses_total', 'Finished censuses of chunks that nobody names (K4).');
  const orphans = addCounter('pilvi_census_deleted_chunks_total', 'Chunks that a census deleted because nobody named them (K4).');
  return {
    repairedRows: addCounter('pilvi_repaired_objects_total', 'Objects and parts given the copies that they lacked (P3).'),
    scrubbedChunks: addCounter('pilvi_scrub_chunks_total', 'Chunks that scrubs have read again (P3).'),
    healedChunks: addCounter('pilvi_healed_chunks_total', 'Damaged or missing chunks stored again from another copy.'),
    census(orphansDeleted) {
      censuses.inc();
      orphans.inc(orphansDeleted);
    },
  };
}
