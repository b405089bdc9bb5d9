import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { maskedCrc32c } from './block-checksum.ts';
import { liveTables } from './live-tables.ts';
import { readVarint } from './varint.ts';

/**
 * Checks the checksums that LevelDB writes with every block and does not look at when it reads: a flipped bit in a key, an index or a Bloom filter makes a
 * row disappear, and no checksum of a row tells. Source: leveldb/doc/table_format.md.
 */
const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;

interface Block {
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Names of the damaged tables of a LevelDB directory, and of its manifest if that is. `pause` is called after each table; tables that vanish meanwhile were
 * compacted.
 */
export async function verifyTables(directory: string, pause: () => Promise<void>): Promise<string[]> {
  const { tables, damagedManifest } = await liveTables(directory);
  const damaged = damagedManifest === undefined ? [] : [damagedManifest];
  for (const name of tables) {
    const table = await readTable(join(directory, name));
    if (table !== undefined && !isSoundTable(table)) damaged.push(name);
    await pause();
  }
  return damaged;
}

/** Bytes of all tables of a LevelDB directory. */
export async function tableBytes(directory: string): Promise<number> {
  const { tables } = await liveTables(directory);
  const sizes = await Promise.all(tables.map((name) => stat(join(directory, name)).then(({ size }) => size, absent)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Compacted meanwhile, or lost: LevelDB finds that out when it opens. */
function absent(error: unknown): number {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
  throw error;
}

async function readTable(path: string): Promise<Buffer | undefined> {
  try {
    await using file = await open(path);
    return await file.readFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether every block that the table's footer leads to passes its checksum. Blocks must not be compressed (they are not: see open-database.ts). */
export function isSoundTable(table: Buffer): boolean {
  try {
    if (table.length < FOOTER_BYTES || table.readBigUInt64LE(table.length - 8) !== MAGIC) return false;
    const footer = table.length - FOOTER_BYTES;
    const metaIndex = readBlock(table, footer);
    const index = readBlock(table, metaIndex.next);
    if (!isSoundBlock(table, metaIndex.block) || !isSoundBlock(table, index.block)) return false;
    for (const block of [...blocksIn(table, metaIndex.block), ...blocksIn(table, index.block)])
      if (!isSoundBlock(table, block)) return false;
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isSoundBlock(table: Buffer, { offset, sizeBytes }: Block): boolean {
  if (offset + sizeBytes + TRAILER_BYTES > table.length) return false;
  return maskedCrc32c(table.subarray(offset, offset + sizeBytes + 1)) === table.readUInt32LE(offset + sizeBytes + 1);
}

/** The handles that are the values of an index block: entries of [shared][unshared][value length], unshared key bytes, value. */
function blocksIn(table: Buffer, { offset, sizeBytes }: Block): Block[] {
  const restarts = table.readUInt32LE(offset + sizeBytes - 4);
  const end = offset + sizeBytes - 4 - restarts * 4;
  const blocks: Block[] = [];
  for (let at = offset; at < end;) {
    const shared = readVarint(table, at);
    const unshared = readVarint(table, shared.next);
    const valueLength = readVarint(table, unshared.next);
    const value = valueLength.next + unshared.value;
    blocks.push(readBlock(table, value).block);
    at = value + valueLength.value;
  }
  return blocks;
}

function readBlock(table: Buffer, at: number): { block: Block; next: number } {
  const offset = readVarint(table, at);
  const size = readVarint(table, offset.next);
  return { block: { offset: offset.value, sizeBytes: size.value }, next: size.next };
}
