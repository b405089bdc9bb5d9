import { crc32 } from 'node:zlib';
import type { LogRecord, Lsn, StoredRecord } from './log.ts';

/** [body length u32][crc u32][kind u8][partition u16][lsn u48], then the body. */
export const RECORD_HEADER_BYTES = 4 + 4 + 1 + 2 + 6;
/** One record holds at most this much: an index entry of the largest multipart object. */
export const MAX_RECORD_BYTES = 128 * 1024 * 1024;

const CRC_FROM = 8;

/**
 * The header and body of a record. The CRC also covers the segment's first lsn, so that what an earlier life of a recycled
 * segment left behind is never taken for a record of this one.
 */
export function encodeRecord(record: LogRecord, lsn: Lsn, segmentSeed: number): { buffers: Uint8Array[]; sizeBytes: number } {
  const bodyBytes = record.body.reduce((sum, b) => sum + b.length, 0);
  const header = Buffer.allocUnsafe(RECORD_HEADER_BYTES);
  header.writeUInt32BE(bodyBytes, 0);
  header[8] = record.kind;
  header.writeUInt16BE(record.partition, 9);
  header.writeUIntBE(lsn, 11, 6);
  let crc = crc32(header.subarray(0, 4), crc32(header.subarray(CRC_FROM), segmentSeed));
  for (const part of record.body) crc = crc32(part, crc);
  header.writeUInt32BE(crc, 4);
  return { buffers: [header, ...record.body], sizeBytes: RECORD_HEADER_BYTES + bodyBytes };
}

/** The record at `at`, or undefined when none is there that passes its checksum and has this lsn. */
export function decodeRecord(
  segment: Buffer,
  at: number,
  lsn: Lsn,
  segmentSeed: number,
): { record: StoredRecord; endBytes: number } | undefined {
  if (at + RECORD_HEADER_BYTES > segment.length || segment.readUIntBE(at + 11, 6) !== lsn || segment[at + 8] === 0) return undefined;
  const bodyBytes = segment.readUInt32BE(at);
  const bodyAt = at + RECORD_HEADER_BYTES;
  if (bodyBytes > MAX_RECORD_BYTES || bodyAt + bodyBytes > segment.length) return undefined;
  const body = segment.subarray(bodyAt, bodyAt + bodyBytes);
  const crc = crc32(body, crc32(segment.subarray(at, at + 4), crc32(segment.subarray(at + CRC_FROM, bodyAt), segmentSeed)));
  if (crc !== segment.readUInt32BE(at + 4)) return undefined;
  return { record: { lsn, kind: segment[at + 8] ?? 0, partition: segment.readUInt16BE(at + 9), body }, endBytes: bodyAt + bodyBytes };
}

/** Whether a record of this segment's life follows, above the one that cannot be read: then that one is damaged, not torn (D2). */
export function laterRecordFollows(segment: Buffer, from: number, lsn: Lsn, segmentSeed: number): boolean {
  for (let at = from + 1; at + RECORD_HEADER_BYTES <= segment.length; at++) {
    // The high bytes of a plausible lsn, before anything dearer.
    const found = segment.readUIntBE(at + 11, 6);
    if (found <= lsn || found > lsn + 1_000_000) continue;
    if (decodeRecord(segment, at, found, segmentSeed) !== undefined) return true;
  }
  return false;
}
