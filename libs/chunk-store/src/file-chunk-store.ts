import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createSemaphore, writeFileAtomic } from '@pilvi/runtime';
import { openChunkFiles } from './chunk-files.ts';
import type { ChunkStore, ChunkStoreCondition, ChunkStoreOptions } from './chunk-store.ts';
import { startCounting } from './count-chunks.ts';
import { ChunkStoreError } from './errors.ts';
import { chunkHeader, decodeChunk } from './stored-chunk.ts';

/** Tells what the directory is, and how its files lie in it. */
const FORMAT_FILE = 'format';
const FORMAT_VERSION = 2;
const FORMAT = formatLine(FORMAT_VERSION);
/** Its chunks told no length (stored-chunk.ts); read as well, and no other program finds it any more. */
const FORMAT_BEFORE = formatLine(1);
/**
 * Those that wait for the file system's journal are served together. Each keeps two threads of libuv's pool waiting for the disk: fewer than there are
 * (node-options.ts), since the replication log needs one.
 */
const PUTS_AT_ONCE = 12;
/** A chunk of the usual size and its header; a longer one goes through the page cache. */
const DIRECT_BYTES = 1024 * 1024 + 65_536;

/**
 * Opens the chunks of one node, each in a file of its own: written once, where a database writes every byte twice, and its space comes back when it is
 * deleted. A kill leaves at worst a part of a file that nobody was told of.
 */
export async function openFileChunkStore({ directory, log, onFatal }: ChunkStoreOptions): Promise<ChunkStore> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const hadFormat = checkFormat(directory);
  const files = openChunkFiles(directory, { writes: PUTS_AT_ONCE, sizeBytes: DIRECT_BYTES });
  const condition: ChunkStoreCondition = files.wasIncomplete ? 'repaired' : 'sound';
  // It makes the directories durable, too.
  if (!hadFormat || files.wasIncomplete) await writeFileAtomic(join(directory, FORMAT_FILE), FORMAT);
  if (condition !== 'sound') log.warn({ directory }, 'directories of chunks were gone; what is missing is refilled from other copies');
  const turns = createSemaphore(PUTS_AT_ONCE);
  const size = await startCounting(files);
  let failed: ChunkStoreError | undefined;

  /** D5: after the first error nothing is written any more. */
  async function orFail<T>(write: () => Promise<T>): Promise<T> {
    if (failed !== undefined) throw failed;
    try {
      return await write();
    } catch (cause) {
      if (failed === undefined) {
        failed = new ChunkStoreError('write-failed', 'a chunk cannot be written', cause);
        onFatal(failed);
      }
      throw failed;
    }
  }

  return {
    condition,
    get liveBytes() {
      return size.bytes();
    },
    async put(info, data) {
      const header = chunkHeader(info, data);
      const done = await turns.acquire();
      try {
        size.add(await orFail(() => files.write(info.id, [header, data])));
      } finally {
        done();
      }
    },
    async get(id) {
      const value = await files.read(id).catch((error: unknown) => {
        throw new ChunkStoreError('damaged', `chunk ${id.toString('hex')} cannot be read`, error);
      });
      if (value === undefined) throw new ChunkStoreError('not-found', `chunk ${id.toString('hex')} is not here`);
      return decodeChunk(id, value);
    },
    async delete(ids) {
      if (ids.length > 0) size.add(-(await orFail(() => files.remove(ids))));
    },
    isThere: () => files.areThere(),
    async [Symbol.asyncDispose]() {
      await size.stop();
      await turns.acquire(PUTS_AT_ONCE);
      files[Symbol.dispose]();
    },
  };
}

/** With a checksum, so that a damaged one is not taken for another version's. */
function formatLine(version: number): string {
  const words = `pilvi chunk files ${String(version)}`;
  return `${words} ${crc32(words).toString(16)}\n`;
}

/** False when the directory does not say its format: it is new, or the file is lost or damaged. Every chunk tells its own beside. */
function checkFormat(directory: string): boolean {
  let format: string;
  try {
    format = readFileSync(join(directory, FORMAT_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const version = Number(/^pilvi chunk files (\d+) /.exec(format)?.[1]);
  if (format !== FORMAT && format !== FORMAT_BEFORE && format === formatLine(version))
    throw new ChunkStoreError(
      'format-version',
      `chunks are stored here in form ${String(version)}, and this version reads forms up to ${String(FORMAT_VERSION)}`,
    );
  return format === FORMAT;
}
