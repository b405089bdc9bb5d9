import type { PartitionId } from '@pilvi/cluster-map';
import type { LogRecord } from '@pilvi/replication-log';
import { RecordKind } from './record-kinds.ts';

/** [format version][seq u48]: the rows of the record's partition were durable through `seq` when this was appended. */
const FORMAT_VERSION = 1;
const BODY_BYTES = 7;

/** Kept in the log, which is trimmed after it: a start that finds the rows behind it knows that they have lost something (D2, D3). */
export function checkpointedRecord(partition: PartitionId, seq: number): LogRecord {
  const body = Buffer.allocUnsafe(BODY_BYTES);
  body[0] = FORMAT_VERSION;
  body.writeUIntBE(seq, 1, 6);
  return { kind: RecordKind.checkpointed, partition, body: [body] };
}

/** The seq. Throws for a record of another version: it is refused, not misread. */
export function readCheckpointed(body: Buffer): number {
  if (body[0] !== FORMAT_VERSION)
    throw new Error(`checkpoint record has format ${String(body[0])}, this version reads ${String(FORMAT_VERSION)}`);
  return body.readUIntBE(1, 6);
}
