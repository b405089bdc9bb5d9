import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Iterator } from 'classic-level';
import { RowStoreError } from './errors.ts';
import { tableBytes, verifyTables } from './verify-tables.ts';

export type Database = ClassicLevel<Buffer, Buffer>;
export type RowIterator = Iterator<Database, Buffer, Buffer>;
export type Row = readonly [key: Buffer, value: Buffer];

/** Chosen by measurement (README). Two write buffers may be in memory at a time. */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_OPEN_FILES = 500;
/** More than this is verified while it is in use (`verifyFiles`): at 1.5 GiB/s, this is 0.1 s. */
const VERIFIED_AT_OPEN_BYTES = 128 * 1024 * 1024;

/**
 * Opens the database of rows. Throws RowStoreError `damaged` when LevelDB refuses the files: they are never repaired, since a repair may leave rows out
 * without a word, while an empty replica is filled from the others. Throws LevelDB's error when another process holds them.
 */
export async function openDatabase(directory: string): Promise<Database> {
  if (existsSync(damageMark(directory))) throw new RowStoreError('damaged', 'damage was found while the rows were last open');
  const damaged = await damagedTables(directory);
  if (damaged.length > 0) throw new RowStoreError('damaged', `blocks of ${damaged.join(', ')} do not pass their checksum`);
  try {
    return await open(directory);
  } catch (error) {
    throw isLocked(error) ? error : new RowStoreError('damaged', 'the rows cannot be opened', error);
  }
}

/** A missing row must not be taken for one that never was, so tables are verified before they are used, as far as that takes no noticeable time. */
async function damagedTables(directory: string): Promise<readonly string[]> {
  if (!existsSync(directory)) return [];
  return (await tableBytes(directory)) <= VERIFIED_AT_OPEN_BYTES ? verifyTables(directory, () => Promise.resolve()) : [];
}

/** Makes the next start refuse the files: they are damaged beyond single rows. Synchronous, since the process is about to end. */
export function markDamaged(directory: string): void {
  writeFileSync(damageMark(directory), '');
}

async function open(directory: string): Promise<Database> {
  const db: Database = new ClassicLevel(directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    maxFileSize: MAX_FILE_BYTES,
    maxOpenFiles: MAX_OPEN_FILES,
    // Inline bytes rarely compress, and blocks that are not compressed can be verified (verify-tables.ts).
    compression: false,
  });
  await db.open();
  return db;
}

function damageMark(directory: string): string {
  return join(directory, 'DAMAGED');
}

/** LevelDB's own word for files that make no sense. */
export function isCorruption(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) if ('code' in e && e.code === 'LEVEL_CORRUPTION') return true;
  return false;
}

function isLocked(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) if ('code' in e && e.code === 'LEVEL_LOCKED') return true;
  return false;
}
