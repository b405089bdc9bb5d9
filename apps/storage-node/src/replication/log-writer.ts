import { encodeRecord } from '@pilvi/replication';
import type { PersistRecord, PersistToken } from '@pilvi/replication';
import type { LogRecord, Lsn, ReplicationLog } from '@pilvi/replication-log';
import { RecordKind } from './record-kinds.ts';

/** Group commit between the core and the log: whatever was appended while one fsync ran is made durable by the next (D1). */
export interface LogWriter {
  /** Appends at once; `onDurable` is told the highest token that is on disk. Returns the lsn of the last record. */
  append(token: PersistToken, records: readonly PersistRecord[]): Lsn;
}

export function createLogWriter(
  log: ReplicationLog,
  onDurable: (token: PersistToken) => void,
  onFatal: (error: unknown) => void,
): LogWriter {
  let appended: PersistToken = 0;
  let durable: PersistToken = 0;
  let syncing = false;

  async function syncAll(): Promise<void> {
    syncing = true;
    // What else this turn of the event loop appends shares the fsync.
    await Promise.resolve();
    while (appended > durable) {
      const token = appended;
      await log.sync();
      durable = token;
      onDurable(token);
    }
    syncing = false;
  }

  return {
    append(token, records) {
      const lsn = log.append(records.map(toLogRecord));
      appended = token;
      // D5: the first write error ends the process.
      if (!syncing) syncAll().catch(onFatal);
      return lsn;
    },
  };
}

export function toLogRecord(record: PersistRecord): LogRecord {
  return { kind: RecordKind[record.kind], partition: record.partition, body: [encodeRecord(record)] };
}
