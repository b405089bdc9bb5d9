import { crc32 } from 'node:zlib';
import { ObjectIndexError } from './errors.ts';

/** `[format version: 1 byte][CRC-32 of what follows: 4 bytes][body]`. */
const FORMAT_VERSION = 1;
const HEADER_BYTES = 5;

/** Frames a body for storage. */
export function frame(body: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  value[0] = FORMAT_VERSION;
  value.writeUInt32BE(crc32(body), 1);
  value.set(body, HEADER_BYTES);
  return value;
}

/** The body, verified. Throws ObjectIndexError `damaged` or `unknown-format`: wrong bytes are never served. */
export function unframe(value: Buffer): Buffer {
  if (value.length < HEADER_BYTES) throw new ObjectIndexError('damaged', 'a stored value is too short');
  const body = value.subarray(HEADER_BYTES);
  if (crc32(body) !== value.readUInt32BE(1)) throw new ObjectIndexError('damaged', 'a stored value does not have its checksum');
  if (value[0] !== FORMAT_VERSION) throw new ObjectIndexError('unknown-format', `a stored value has format ${String(value[0])}`);
  return body;
}

/** Whether a stored value passes its checksum. */
export function isSound(value: Buffer): boolean {
  return value.length >= HEADER_BYTES && crc32(value.subarray(HEADER_BYTES)) === value.readUInt32BE(1);
}

/**
 * What a row adds (by exclusive or) to its partition's digest (D4): 64 bits from its key and the checksum its value carries, so that a replica that lacks
 * a row, or holds another value, has another digest.
 */
export function digestOfRow(key: Buffer, value: Buffer): bigint {
  const checksum = crc32(value.subarray(0, HEADER_BYTES));
  const low = crc32(key, checksum);
  return (BigInt(crc32(key)) << 32n) | BigInt((low ^ Math.imul(checksum, 0x9e3779b1)) >>> 0);
}
