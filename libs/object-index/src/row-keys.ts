import { bucketId } from '@pilvi/cluster-map';
import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import type { KeyRange } from './rows.ts';

/**
 * Row keys: `[partition u16][table u8][...]`, so that a partition's rows lie together, and within it each table's. Part of the format.
 * Texts are UTF-8 with U+0000 written as 00 FF and the end as 00 01: byte order is the texts' order, and none is another's prefix.
 */
export const Table = {
  object: 1,
  inline: 2,
  upload: 3,
  part: 4,
  intent: 5,
  garbage: 6,
  repair: 7,
  request: 8,
  sealed: 9,
} as const;
type Table = (typeof Table)[keyof typeof Table];

const PREFIX_BYTES = 3;
const TEXT_END = Buffer.from([0x00, 0x01]);
/** Where versions of a key will be told apart, newest first; the null version sorts last. */
const NULL_VERSION = Buffer.alloc(8, 0xff);
const REQUEST_SLOT_MS = 60_000;

export function objectKey(partition: PartitionId, bucket: BucketId, key: string): Buffer {
  return join(partition, Table.object, text(bucket), text(key), NULL_VERSION);
}

export function inlineKey(partition: PartitionId, bucket: BucketId, key: string): Buffer {
  return join(partition, Table.inline, text(bucket), text(key), NULL_VERSION);
}

export function uploadKey(partition: PartitionId, bucket: BucketId, key: string, uploadId: string): Buffer {
  return join(partition, Table.upload, text(bucket), text(key), text(uploadId));
}

export function partKey(partition: PartitionId, bucket: BucketId, key: string, uploadId: string, number: number): Buffer {
  return join(partition, Table.part, text(bucket), text(key), text(uploadId), u16(number));
}

export function intentKey(partition: PartitionId, intentId: Buffer): Buffer {
  return join(partition, Table.intent, intentId);
}

/** Time first, so that a sweep reads the oldest and stops. `unique` tells apart what became garbage in one millisecond. */
export function garbageKey(partition: PartitionId, sinceMs: number, unique: Buffer): Buffer {
  const since = Buffer.allocUnsafe(6);
  since.writeUIntBE(sinceMs, 0, 6);
  return join(partition, Table.garbage, since, unique);
}

/** Names an object or part row whose chunks need more copies. */
export function repairKey(partition: PartitionId, row: Buffer): Buffer {
  return join(partition, Table.repair, row.subarray(2));
}

export function rowOfRepairKey(repair: Buffer): Buffer {
  return Buffer.concat([repair.subarray(0, 2), repair.subarray(PREFIX_BYTES)]);
}

/** By minute, so that expiry removes whole minutes; `minute` counts from the Unix epoch. */
export function requestKey(partition: PartitionId, minute: number, requestId: Buffer): Buffer {
  const slot = Buffer.allocUnsafe(4);
  slot.writeUInt32BE(minute);
  return join(partition, Table.request, slot, requestId);
}

export function requestMinute(ms: number): number {
  return Math.floor(ms / REQUEST_SLOT_MS);
}

export function sealedKey(partition: PartitionId, bucket: BucketId): Buffer {
  return join(partition, Table.sealed, text(bucket));
}

export function tableRange(partition: PartitionId, table: Table): KeyRange {
  return prefixRange(join(partition, table));
}

export function bucketRange(
  partition: PartitionId,
  table: typeof Table.object | typeof Table.upload | typeof Table.part,
  bucket: BucketId,
): KeyRange {
  return prefixRange(join(partition, table, text(bucket)));
}

export function partsRange(partition: PartitionId, bucket: BucketId, key: string, uploadId: string): KeyRange {
  return prefixRange(join(partition, Table.part, text(bucket), text(key), text(uploadId)));
}

export function partitionRange(partition: PartitionId): KeyRange {
  return prefixRange(u16(partition));
}

/** Everything that begins with `prefix`. */
export function prefixRange(prefix: Buffer): KeyRange {
  return { gte: prefix, lt: successor(prefix) };
}

/** The first object or upload row key whose text key begins with `prefix`. */
export function startOfPrefix(partition: PartitionId, table: Table, bucket: BucketId, prefix: string): Buffer {
  return join(partition, table, text(bucket), escaped(prefix));
}

/** The key text of an object, upload or part row: the second text. */
export function keyTextOf(row: Buffer): string {
  const bucketEnd = textEnd(row, PREFIX_BYTES);
  return unescaped(row.subarray(bucketEnd + TEXT_END.length, textEnd(row, bucketEnd + TEXT_END.length)));
}

/** The bucket of an object, upload, part or seal row: its first text. */
export function bucketOf(row: Buffer): BucketId {
  return bucketId(unescaped(row.subarray(PREFIX_BYTES, textEnd(row, PREFIX_BYTES))));
}

/** Above every row of this row's table and bucket. */
export function rowsAfterBucket(row: Buffer): Buffer {
  return successor(row.subarray(0, textEnd(row, PREFIX_BYTES) + TEXT_END.length));
}

/** The smallest key above everything that begins with `prefix`. */
export function successor(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = next[i] ?? 0;
    if (byte < 0xff) {
      next[i] = byte + 1;
      return next.subarray(0, i + 1);
    }
  }
  throw new RangeError('no key is above a prefix of FF bytes only');
}

function join(partition: PartitionId, table: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(PREFIX_BYTES);
  head.writeUInt16BE(partition, 0);
  head[2] = table;
  return Buffer.concat([head, ...parts]);
}

function text(value: string): Buffer {
  return Buffer.concat([escaped(value), TEXT_END]);
}

function escaped(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  if (!bytes.includes(0)) return bytes;
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === 0) out.push(0xff);
  }
  return Buffer.from(out);
}

function unescaped(bytes: Buffer): string {
  if (!bytes.includes(0)) return bytes.toString('utf8');
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    out.push(bytes[i] ?? 0);
    if (bytes[i] === 0) i++;
  }
  return Buffer.from(out).toString('utf8');
}

function textEnd(row: Buffer, from: number): number {
  for (let at = row.indexOf(0, from); at >= 0; at = row.indexOf(0, at + 2)) if (row[at + 1] === 0x01) return at;
  throw new RangeError('a row key without the end of its text');
}

function u16(value: number): Buffer {
  const out = Buffer.allocUnsafe(2);
  out.writeUInt16BE(value);
  return out;
}
