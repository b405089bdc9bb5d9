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
 * What a row adds (by exclusive or) to its partition's digest (D4): 64 bits from the checksums of its key and of its value, so that a replica that lacks a
 * row, or holds another value, has another digest. CRCs are linear, and those of two rows that swapped their values would cancel out: so both are mixed
 * (with the rounds of MurmurHash3's finalizer) before they are added.
 */
export function digestOfRow(key: Buffer, value: Buffer): bigint {
  const ofKey = crc32(key);
  const ofValue = value.readUInt32BE(1) ^ Math.imul(value[0] ?? 0, 0x9e3779b1);
  const low = mix(ofKey ^ mix(ofValue ^ key.length));
  const high = mix(low ^ Math.imul(ofKey, 0x85ebca6b) ^ mix(ofValue ^ 0x9e3779b9));
  return (BigInt(high) << 32n) | BigInt(low);
}

function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
