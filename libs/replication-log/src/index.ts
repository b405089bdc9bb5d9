export type { LogCondition, LogRecord, Lsn, ReplicationLog, StoredRecord } from './log.ts';
