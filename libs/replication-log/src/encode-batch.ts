import type { LogRecord, Lsn } from './log.ts';
import { bodyBytes, bodyCrc, HEADER_BYTES, storedBytes, writeHeader } from './record-format.ts';

/** A record with its place in the order. */
export interface Queued {
  readonly lsn: Lsn;
  readonly record: LogRecord;
  readonly bytes: number;
}

/** Bodies up to this size are copied together: one buffer costs less than many. */
const COPY_UP_TO_BYTES = 16 * 1024;

/** Zeros after the last record of every write: what follows the end of the log is zero, unless a crash tore it or the disk lost it. */
export const TERMINATOR_BYTES = HEADER_BYTES;

export function queue(record: LogRecord, lsn: Lsn): Queued {
  return { lsn, record, bytes: storedBytes(bodyBytes(record)) };
}

/** The bytes of a batch and the terminator, as buffers to be written one after the other. */
export function encodeBatch(batch: readonly Queued[], seed: number, durable: Lsn): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  let slab = Buffer.allocUnsafe(slabBytes(batch));
  let at = 0;
  const cut = (): void => {
    if (at > 0) buffers.push(slab.subarray(0, at));
    slab = slab.subarray(at);
    at = 0;
  };
  for (const { lsn, record, bytes } of batch) {
    const length = bodyBytes(record);
    writeHeader(
      slab,
      at,
      { lsn, durable, kind: record.kind, partition: record.partition, bodyBytes: length, bodyCrc: bodyCrc(record.body, seed) },
      seed,
    );
    at += HEADER_BYTES;
    if (length <= COPY_UP_TO_BYTES) {
      for (const part of record.body) {
        slab.set(part, at);
        at += part.length;
      }
    } else {
      cut();
      buffers.push(...record.body);
    }
    const padding = bytes - HEADER_BYTES - length;
    slab.fill(0, at, at + padding);
    at += padding;
  }
  slab.fill(0, at, at + TERMINATOR_BYTES);
  at += TERMINATOR_BYTES;
  cut();
  return buffers;
}

function slabBytes(batch: readonly Queued[]): number {
  let total = TERMINATOR_BYTES;
  for (const { record, bytes } of batch) {
    const length = bodyBytes(record);
    total += length <= COPY_UP_TO_BYTES ? bytes : bytes - length;
  }
  return total;
}
