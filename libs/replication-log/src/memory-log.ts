import { ReplicationLogError } from './errors.ts';
import type { LogRecord, Lsn, ReplicationLog, StoredRecord } from './log.ts';
import { bodyBytes, MAX_RECORD_BYTES, storedBytes } from './record-format.ts';

/** What outlives a log in memory, as a disk outlives a process: the records that were synced. */
export interface MemoryLogDisk {
  records: StoredRecord[];
  nextLsn: Lsn;
}

export function createMemoryLogDisk(): MemoryLogDisk {
  return { records: [], nextLsn: 1 };
}

/** The log without a disk, for simulation and tests. What was not synced is not on `disk`. */
export function openMemoryReplicationLog(disk: MemoryLogDisk): ReplicationLog {
  const kept = [...disk.records];
  let pending: StoredRecord[] = [];
  let nextLsn = disk.nextLsn;
  let closed = false;

  const flush = (): void => {
    disk.records.push(...pending);
    disk.nextLsn = nextLsn;
    pending = [];
  };
  return {
    condition: { kind: 'sound' },
    get nextLsn() {
      return nextLsn;
    },
    get durableLsn() {
      return disk.nextLsn - 1;
    },
    get sizeBytes() {
      return [...disk.records, ...pending].reduce((sum, r) => sum + storedBytes(r.body.length), 0);
    },
    async *replay() {
      yield* kept;
    },
    append(records: readonly LogRecord[]) {
      if (closed) throw new ReplicationLogError('closed', 'the log is closed');
      for (const record of records) {
        if (bodyBytes(record) > MAX_RECORD_BYTES)
          throw new ReplicationLogError('record-too-large', `a record may hold ${String(MAX_RECORD_BYTES)} bytes`);
      }
      for (const { kind, partition, body } of records) pending.push({ lsn: nextLsn++, kind, partition, body: Buffer.concat(body) });
      return nextLsn - 1;
    },
    async sync() {
      if (closed) throw new ReplicationLogError('closed', 'the log is closed');
      await Promise.resolve();
      flush();
    },
    async trim(before) {
      await Promise.resolve();
      disk.records = disk.records.filter((r) => r.lsn >= before);
    },
    verify: () => Promise.resolve(undefined),
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      flush();
      closed = true;
    },
  };
}
