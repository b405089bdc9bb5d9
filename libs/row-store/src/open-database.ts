import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Iterator } from 'classic-level';
import { RowStoreError } from './errors.ts';

export type Database = ClassicLevel<Buffer, Buffer>;
export type RowIterator = Iterator<Database, Buffer, Buffer>;
export type Row = readonly [key: Buffer, value: Buffer];

/** Chosen by measurement (README). Two write buffers may be in memory at a time. */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_OPEN_FILES = 500;

/**
 * Opens the database of rows. Throws RowStoreError `damaged` when LevelDB refuses the files: they are never repaired, since a repair may leave rows out
 * without a word, while an empty replica is filled from the others. Throws LevelDB's error when another process holds them.
 */
export async function openDatabase(directory: string): Promise<Database> {
  if (existsSync(damageMark(directory))) throw new RowStoreError('damaged', 'damage was found while the rows were last open');
  try {
    return await open(directory);
  } catch (error) {
    throw isLocked(error) ? error : new RowStoreError('damaged', 'the rows cannot be opened', error);
  }
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
