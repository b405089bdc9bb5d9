import { crc32 } from 'node:zlib';
import type { LogRecord, Lsn } from './log.ts';

/**
 * A record on disk, little-endian, at a multiple of 32 bytes (so its header lies within one disk sector and is written
 * whole or not at all):
 *
 *     0 magic u32 | 4 CRC of bytes 8..32 u32 | 8 lsn u48 | 14 durable u48 | 20 kind u8 | 21 zero u8 | 22 partition u16
 *     24 body length u32 | 28 CRC of the body u32 | 32 body, zeros up to the next multiple of 32
 *
 * Both CRCs start from the segment's seed, so a record left over from an earlier life of a recycled file never matches.
 * `durable` is the highest lsn that was on disk before this record was written: a record at or below the `durable` of
 * any later one cannot have been torn by a crash, so if it is bad it is damaged (REPLICATION D2).
 */
export const ALIGNMENT = 32;
export const HEADER_BYTES = 32;
const MAGIC = 0x524c5650;
/** The magic as it lies on disk, for finding records again after a bad one. */
export const MAGIC_BYTES = Buffer.from([0x50, 0x56, 0x4c, 0x52]);

/** The largest body; a record never spans segments, so a large one gets a segment of its own. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;

export interface RecordHeader {
  readonly lsn: Lsn;
  readonly durable: Lsn;
  readonly kind: number;
  readonly partition: number;
  readonly bodyBytes: number;
  readonly bodyCrc: number;
}

export function bodyBytes(record: LogRecord): number {
  let total = 0;
  for (const part of record.body) total += part.length;
  return total;
}

/** Bytes a record takes in a segment. */
export function storedBytes(length: number): number {
  return HEADER_BYTES + Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

export function writeHeader(into: Buffer, at: number, header: RecordHeader, seed: number): void {
  into.writeUInt32LE(MAGIC, at);
  into.writeUIntLE(header.lsn, at + 8, 6);
  into.writeUIntLE(header.durable, at + 14, 6);
  into[at + 20] = header.kind;
  into[at + 21] = 0;
  into.writeUInt16LE(header.partition, at + 22);
  into.writeUInt32LE(header.bodyBytes, at + 24);
  into.writeUInt32LE(header.bodyCrc, at + 28);
  into.writeUInt32LE(crc32(into.subarray(at + 8, at + HEADER_BYTES), seed), at + 4);
}

/** The header at `at`, or undefined when these bytes are none of this segment. */
export function readHeader(from: Buffer, at: number, seed: number): RecordHeader | undefined {
  if (from.readUInt32LE(at) !== MAGIC) return undefined;
  if (from.readUInt32LE(at + 4) !== crc32(from.subarray(at + 8, at + HEADER_BYTES), seed)) return undefined;
  return {
    lsn: from.readUIntLE(at + 8, 6),
    durable: from.readUIntLE(at + 14, 6),
    kind: from.readUInt8(at + 20),
    partition: from.readUInt16LE(at + 22),
    bodyBytes: from.readUInt32LE(at + 24),
    bodyCrc: from.readUInt32LE(at + 28),
  };
}

export function bodyCrc(body: readonly Uint8Array[], seed: number): number {
  let crc = seed;
  for (const part of body) crc = crc32(part, crc);
  return crc;
}
