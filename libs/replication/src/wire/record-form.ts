import { configFromProto, configToProto, epoch, partitionId } from '@pilvi/cluster-map';
import { BaseRecord, ConfigRecord, EntryRecord, TruncateRecord } from '@pilvi/contracts/replication/v1/log';
import type { PersistRecord } from '../types.ts';
import { baseFromProto, baseToProto, entryFromProto, entryToProto } from './entry-form.ts';

const FORMAT = 1;

/** The bytes of a record for the replication log, without its kind and partition, which the log keeps beside them. */
export function encodeRecord(record: PersistRecord): Uint8Array {
  switch (record.kind) {
    case 'entry':
      return EntryRecord.encode({ format: FORMAT, entry: entryToProto(record.entry) }).finish();
    case 'truncate':
      return TruncateRecord.encode({ format: FORMAT, afterSeq: BigInt(record.afterSeq) }).finish();
    case 'config':
      return ConfigRecord.encode({ format: FORMAT, config: configToProto(record.config), promised: BigInt(record.promised) }).finish();
    case 'base':
      return BaseRecord.encode({ format: FORMAT, base: baseToProto(record.base) }).finish();
  }
}

/** The inverse of `encodeRecord`. Throws RangeError for a format this version does not know: refused, not misread. */
export function decodeRecord(kind: PersistRecord['kind'], partition: number, body: Uint8Array): PersistRecord {
  const p = partitionId(partition);
  switch (kind) {
    case 'entry': {
      const { format, entry } = EntryRecord.decode(body);
      return { kind, partition: p, entry: entryFromProto(known(format, entry)) };
    }
    case 'truncate': {
      const { format, afterSeq } = TruncateRecord.decode(body);
      return { kind, partition: p, afterSeq: Number(known(format, afterSeq)) };
    }
    case 'config': {
      const { format, config, promised } = ConfigRecord.decode(body);
      return { kind, partition: p, config: configFromProto(known(format, config)), promised: epoch(Number(promised)) };
    }
    case 'base': {
      const { format, base } = BaseRecord.decode(body);
      return { kind, partition: p, base: baseFromProto(known(format, base)) };
    }
  }
}

function known<T>(format: number, value: T | undefined): T {
  if (format !== FORMAT || value === undefined) throw new RangeError(`a replication log record of unknown format ${String(format)}`);
  return value;
}
