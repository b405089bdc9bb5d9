export { openReplicationLog, type DiskLogOptions } from './disk-log.ts';
export { ReplicationLogError, type ReplicationLogErrorCode } from './errors.ts';
export type { LogCondition, LogRecord, Lsn, ReplicationLog, StoredRecord } from './log.ts';
export { MAX_RECORD_BYTES } from './record-form.ts';
