import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import { writeFully } from './file-system.ts';
import type { LogFileSystem } from './file-system.ts';
import type { Lsn } from './log.ts';
import { checkPreamble, PREAMBLE_BYTES, writePreamble } from './segment-format.ts';

export const MANIFEST_NAME = 'manifest';
const MANIFEST_MAGIC = 'PILVIMAN';
const MANIFEST_BYTES = PREAMBLE_BYTES + 16 + 8 + 8 + 8 + 4;

/** Which segments must be there: without it a deleted file at either end would pass unnoticed. */
export interface Manifest {
  readonly logId: Buffer;
  /** Oldest segment kept. */
  readonly firstSegment: number;
  /** Newest segment made; below `firstSegment` when there is none. */
  readonly lastSegment: number;
  /** Lsn of the first record of the oldest segment, or of the next record when it has none. */
  readonly firstLsn: Lsn;
}

/** Replaces the manifest, durably: written beside it, synced, renamed over it. */
export async function writeManifest(fs: LogFileSystem, directory: string, manifest: Manifest): Promise<void> {
  const out = Buffer.alloc(MANIFEST_BYTES);
  writePreamble(out, MANIFEST_MAGIC);
  manifest.logId.copy(out, 16);
  out.writeBigUInt64LE(BigInt(manifest.firstSegment), 32);
  out.writeBigUInt64LE(BigInt(manifest.lastSegment), 40);
  out.writeBigUInt64LE(BigInt(manifest.firstLsn), 48);
  out.writeUInt32LE(crc32(out.subarray(0, MANIFEST_BYTES - 4)), MANIFEST_BYTES - 4);
  const temporary = join(directory, `${MANIFEST_NAME}.tmp`);
  const file = await fs.open(temporary, { create: true });
  try {
    await writeFully(file, [out], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, join(directory, MANIFEST_NAME));
  await fs.syncDirectory(directory);
}

/** Undefined when it is damaged; throws `unknown-format`. */
export async function readManifest(fs: LogFileSystem, directory: string): Promise<Manifest | undefined> {
  const path = join(directory, MANIFEST_NAME);
  const bytes = Buffer.alloc(MANIFEST_BYTES);
  const file = await fs.open(path);
  try {
    if ((await file.read(bytes, 0)) < MANIFEST_BYTES && !checkPreamble(bytes, MANIFEST_MAGIC, path)) return undefined;
  } finally {
    await file.close();
  }
  if (!checkPreamble(bytes, MANIFEST_MAGIC, path)) return undefined;
  if (bytes.readUInt32LE(MANIFEST_BYTES - 4) !== crc32(bytes.subarray(0, MANIFEST_BYTES - 4))) return undefined;
  return {
    logId: Buffer.from(bytes.subarray(16, 32)),
    firstSegment: Number(bytes.readBigUInt64LE(32)),
    lastSegment: Number(bytes.readBigUInt64LE(40)),
    firstLsn: Number(bytes.readBigUInt64LE(48)),
  };
}
