import { existsSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import type { Iterator } from 'classic-level';
import type { Logger } from '@pilvi/runtime';

export type Database = ClassicLevel<Buffer, Buffer>;
export type RowIterator = Iterator<Database, Buffer, Buffer>;
export type Row = readonly [key: Buffer, value: Buffer];

/** Chosen by measurement (README). Two write buffers may be in memory at a time. */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_OPEN_FILES = 500;

/**
 * Opens the database of rows. One that LevelDB refuses is set aside as `<directory>.damaged` (one is kept) and begun anew, never repaired: a repair may
 * leave rows out without a word, while an empty replica is filled from the others. Throws when another process holds it.
 */
export async function openDatabase(directory: string, log: Logger): Promise<{ db: Database; emptied: boolean }> {
  try {
    if (existsSync(damageMark(directory))) throw new Error('damage was found while it was last open');
    return { db: await open(directory), emptied: false };
  } catch (error) {
    if (isLocked(error)) throw error;
    const aside = `${directory}.damaged`;
    log.error({ directory, aside, err: error }, 'the rows are damaged: set aside, this node is filled again from the others');
    await rm(aside, { recursive: true, force: true });
    await rename(directory, aside);
    await rm(damageMark(directory), { force: true });
    return { db: await open(directory), emptied: true };
  }
}

/** Remembers, for the next start, that the files are damaged beyond single rows. Synchronous: the process is about to end. */
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
    compression: true,
  });
  await db.open();
  return db;
}

function damageMark(directory: string): string {
  return `${directory}.damage`;
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
