import { crc32 } from 'node:zlib';
import { ReplicationLogError } from './errors.ts';

/**
 * The first 512 bytes of a segment: magic, format version and their CRC (these 16 bytes stay the same in every version),
 * then the log's id, the segment's number, its size, zeros, and in the last four the CRC of all before it.
 */
export const SEGMENT_HEADER_BYTES = 512;
const SEGMENT_MAGIC = 'PILVISEG';
export const FORMAT_VERSION = 1;
export const PREAMBLE_BYTES = 16;
const LOG_ID_BYTES = 16;
const CRC_AT = SEGMENT_HEADER_BYTES - 4;

export interface SegmentHeader {
  /** Random id of the log, 16 bytes. */
  readonly logId: Buffer;
  /** Grows by one per segment; a recycled file gets a new one. */
  readonly number: number;
  readonly sizeBytes: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const out = Buffer.alloc(SEGMENT_HEADER_BYTES);
  writePreamble(out, SEGMENT_MAGIC);
  header.logId.copy(out, PREAMBLE_BYTES);
  out.writeBigUInt64LE(BigInt(header.number), 32);
  out.writeBigUInt64LE(BigInt(header.sizeBytes), 40);
  out.writeUInt32LE(crc32(out.subarray(0, CRC_AT)), CRC_AT);
  return out;
}

/** Undefined when the bytes are damaged; throws `unknown-format` for one that is whole but not of this version. */
export function decodeSegmentHeader(bytes: Buffer, path: string): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !checkPreamble(bytes, SEGMENT_MAGIC, path)) return undefined;
  if (bytes.readUInt32LE(CRC_AT) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
  return {
    logId: Buffer.from(bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + LOG_ID_BYTES)),
    number: Number(bytes.readBigUInt64LE(32)),
    sizeBytes: Number(bytes.readBigUInt64LE(40)),
  };
}

/** Where the CRCs of a segment's records start: differs between any two segments of a log. */
export function recordSeed(header: Pick<SegmentHeader, 'logId' | 'number'>): number {
  const input = Buffer.alloc(LOG_ID_BYTES + 8);
  header.logId.copy(input);
  input.writeBigUInt64LE(BigInt(header.number), LOG_ID_BYTES);
  return crc32(input);
}

/** What every file of the log begins with: eight letters, the format version, the CRC of both. */
export function writePreamble(out: Buffer, magic: string): void {
  out.write(magic, 0, 'latin1');
  out.writeUInt32LE(FORMAT_VERSION, 8);
  out.writeUInt32LE(crc32(out.subarray(0, 12)), 12);
}

/** False when damaged. */
export function checkPreamble(bytes: Buffer, magic: string, path: string): boolean {
  if (bytes.length < PREAMBLE_BYTES) return false;
  if (bytes.readUInt32LE(12) !== crc32(bytes.subarray(0, 12)) || bytes.toString('latin1', 0, 8) !== magic) return false;
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) {
    throw new ReplicationLogError(
      'unknown-format',
      `${path} was written in format ${String(version)}; this version of Pilvi reads format ${String(FORMAT_VERSION)}`,
    );
  }
  return true;
}
