import { open, readFile, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ReplicationLogError } from './errors.ts';
import type { Lsn } from './log.ts';

const MAGIC = Buffer.from('PILVILOG');
const FORMAT_VERSION = 1;
/** [magic 8][format version u8][first lsn u48][crc u32] and zeros. */
export const SEGMENT_HEADER_BYTES = 32;
const ZEROS = Buffer.alloc(1024 * 1024);

export function segmentName(firstLsn: Lsn): string {
  return `segment-${firstLsn.toString(16).padStart(12, '0')}.log`;
}

export function firstLsnOf(name: string): Lsn | undefined {
  const match = /^segment-([0-9a-f]{12})\.log$/.exec(name);
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

/** What the CRCs of a segment's records begin with. */
export function segmentSeed(firstLsn: Lsn): number {
  const bytes = Buffer.allocUnsafe(6);
  bytes.writeUIntBE(firstLsn, 0, 6);
  return crc32(bytes);
}

/** Writes zeros once, so that appends change no metadata and one fdatasync makes them durable (D1). */
export async function allocateSegment(path: string, sizeBytes: number): Promise<FileHandle> {
  const file = await open(path, 'w+', 0o600);
  for (let at = 0; at < sizeBytes; at += ZEROS.length) await file.write(ZEROS, 0, Math.min(ZEROS.length, sizeBytes - at), at);
  await file.sync();
  return file;
}

/** Gives an allocated file its place in the log, durably: header, name, directory. */
export async function beginSegment(directory: string, fromName: string, file: FileHandle, firstLsn: Lsn): Promise<void> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header[8] = FORMAT_VERSION;
  header.writeUIntBE(firstLsn, 9, 6);
  header.writeUInt32BE(crc32(header.subarray(0, 15)), 15);
  await file.write(header, 0, header.length, 0);
  await file.datasync();
  await rename(join(directory, fromName), join(directory, segmentName(firstLsn)));
  await syncDirectory(directory);
}

/** The bytes of a segment, or undefined when its header is damaged. Throws ReplicationLogError `unknown-format`. */
export async function readSegment(directory: string, firstLsn: Lsn): Promise<Buffer | undefined> {
  const bytes = await readFile(join(directory, segmentName(firstLsn)));
  if (bytes.length < SEGMENT_HEADER_BYTES || crc32(bytes.subarray(0, 15)) !== bytes.readUInt32BE(15)) return undefined;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || bytes.readUIntBE(9, 6) !== firstLsn) return undefined;
  if (bytes[8] !== FORMAT_VERSION)
    throw new ReplicationLogError('unknown-format', `${segmentName(firstLsn)} has format ${String(bytes[8])}`);
  return bytes;
}

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
