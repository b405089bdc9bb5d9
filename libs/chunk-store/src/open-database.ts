import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '@pilvi/runtime';
import type { ChunkStoreCondition } from './chunk-store.ts';

export type Database = ClassicLevel<Buffer, Buffer>;

/** Two write buffers may be in memory at a time. Figures: README. */
const WRITE_BUFFER_BYTES = 16 * 1024 * 1024;
const CACHE_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_OPEN_FILES = 1_000;
const BLOCK_BYTES = 64 * 1024;

/**
 * Opens the chunk database, come what may: what LevelDB refuses is repaired, and what cannot be repaired is set aside as `<directory>.damaged` (one is
 * kept) and begun anew, since every chunk has other copies. Throws when another process holds it, or when an empty directory cannot be opened either.
 */
export async function openDatabase(directory: string, log: Logger): Promise<{ db: Database; condition: ChunkStoreCondition }> {
  if (existsSync(repairMark(directory))) return repairOrEmpty(directory, log, new Error('a write failed on damaged files'));
  // LevelDB would begin a new database there, and delete the tables of the old one.
  if (hasLostCurrent(directory)) return repairOrEmpty(directory, log, new Error('CURRENT is missing'));
  try {
    return { db: await open(directory), condition: 'sound' };
  } catch (error) {
    if (codeOf(error) === 'LEVEL_LOCKED') throw error;
    return repairOrEmpty(directory, log, error);
  }
}

function hasLostCurrent(directory: string): boolean {
  if (!existsSync(directory) || existsSync(join(directory, 'CURRENT'))) return false;
  return readdirSync(directory).some((name) => /^MANIFEST-|\.ldb$/.test(name));
}

/** Remembers, for the next start, that the files are damaged. Synchronous: the process is about to end. */
export function markForRepair(directory: string): void {
  // A directory that is gone needs no mark.
  if (existsSync(directory)) writeFileSync(repairMark(directory), '');
}

/** LevelDB's own word for files that make no sense. */
export function isCorruption(error: unknown): boolean {
  return codeOf(error) === 'LEVEL_CORRUPTION' || /corrupt/i.test(error instanceof Error ? error.message : '');
}

async function repairOrEmpty(directory: string, log: Logger, cause: unknown): Promise<{ db: Database; condition: ChunkStoreCondition }> {
  log.warn({ directory, err: cause }, 'the chunk database is damaged: repairing it');
  try {
    await ClassicLevel.repair(directory);
    const db = await open(directory);
    // What the repair could not use, or rewrote.
    await rm(`${directory}/lost`, { recursive: true, force: true });
    await rm(repairMark(directory), { force: true });
    log.warn({ directory }, 'the chunk database is repaired; what is missing is refilled from other copies');
    return { db, condition: 'repaired' };
  } catch (error) {
    const aside = `${directory}.damaged`;
    await rm(aside, { recursive: true, force: true });
    await rename(directory, aside);
    log.error(
      { directory, aside, err: error },
      'the chunk database cannot be repaired: set aside, everything is refilled from other copies',
    );
    return { db: await open(directory), condition: 'emptied' };
  }
}

async function open(directory: string): Promise<Database> {
  const db: Database = new ClassicLevel(directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    compression: false,
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    maxFileSize: MAX_FILE_BYTES,
    maxOpenFiles: MAX_OPEN_FILES,
    blockSize: BLOCK_BYTES,
  });
  await db.open();
  return db;
}

function repairMark(directory: string): string {
  return join(directory, 'REPAIR');
}

function codeOf(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) if ('code' in e && e.code !== 'LEVEL_DATABASE_NOT_OPEN') return String(e.code);
  return undefined;
}
