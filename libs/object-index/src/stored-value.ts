import { hash } from 'node:crypto';
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

const DIGEST_BITS = 128;
export const DIGEST_BYTES = DIGEST_BITS / 8;
export const EMPTY_DIGEST = 0n;

/**
 * A partition's digest (D4) after one row changed from `old` to `value`; undefined: no such row. It is the sum modulo 2^128 of a hash of each row, so that
 * it does not depend on their order, and a row is taken out again by subtracting it (AdHash: Bellare and Micciancio, "A New Paradigm for Collision-Free
 * Hashing", EUROCRYPT 1997; multisets: Clarke et al., "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking", ASIACRYPT
 * 2003). It guards against disks and mistakes, which do not look for collisions: 128 bits are enough, where an adversary with chosen rows would call for
 * thousands (LtHash). SHA-256, since CRCs of swapped or patched values cancel out in a sum.
 */
export function digestAfter(digest: bigint, key: Buffer, old: Buffer | undefined, value: Buffer | undefined): bigint {
  let sum = digest;
  if (old !== undefined) sum -= digestOfRow(key, old);
  if (value !== undefined) sum += digestOfRow(key, value);
  return BigInt.asUintN(DIGEST_BITS, sum);
}

/** The length of the key first: no two rows have the same bytes. */
function digestOfRow(key: Buffer, value: Buffer): bigint {
  const length = Buffer.allocUnsafe(2);
  length.writeUInt16BE(key.length);
  return readDigest(hash('sha256', Buffer.concat([length, key, value]), 'buffer'));
}

/** A digest as it is stored and sent. */
export function digestBytes(digest: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(DIGEST_BYTES);
  bytes.writeBigUInt64BE(digest >> 64n, 0);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, digest), 8);
  return bytes;
}

/** The inverse, from the first bytes. Throws RangeError when there are too few. */
export function readDigest(bytes: Buffer): bigint {
  return (bytes.readBigUInt64BE(0) << 64n) | bytes.readBigUInt64BE(8);
}
