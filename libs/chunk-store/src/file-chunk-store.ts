import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { createSemaphore, writeFileAtomic } from '@pilvi/runtime';
import { openChunkFiles } from './chunk-files.ts';
import type { ChunkFiles } from './chunk-files.ts';
import type { ChunkStore, ChunkStoreCondition, ChunkStoreOptions } from './chunk-store.ts';
import { ChunkStoreError } from './errors.ts';
import { chunkHeader, decodeChunk } from './stored-chunk.ts';

/** Tells what the directory is, and how its files lie in it. */
const FORMAT_FILE = 'format';
const FORMAT = formatLine(1);
/**
 * Those that wait for the file system's journal are served together. Each keeps two threads of libuv's pool waiting for the disk: fewer than there are
 * (node-options.ts), since the replication log needs one.
 */
const PUTS_AT_ONCE = 12;
/** Between two shards that are counted after the start: a node that comes back has more urgent things to do than to look at each of its files. */
const COUNTING_REST_MS = 40;

/**
 * Opens the chunks of one node, each in a file of its own: written once, where a database writes every byte twice, and its space comes back when it is
 * deleted. A kill leaves at worst a part of a file that nobody was told of.
 */
export async function openFileChunkStore({ directory, log, onFatal }: ChunkStoreOptions): Promise<ChunkStore> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const hadFormat = checkFormat(directory);
  const files = openChunkFiles(directory);
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
        await orFail(() => files.write(info.id, [header, data]));
      } finally {
        done();
      }
      size.add(header.length + data.length);
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
  if (format !== FORMAT && format === formatLine(version))
    throw new ChunkStoreError('format-version', `chunks are stored here in form ${String(version)}, and this version reads form 1`);
  return format === FORMAT;
}

/** Counts what is stored, in the background but for the first shard that holds something: an empty store is known for one at once. */
async function startCounting(files: ChunkFiles): Promise<{ bytes: () => number; add: (bytes: number) => void; stop: () => Promise<void> }> {
  const shards = files.count();
  let bytes = 0;
  let stopped = false;
  const countNext = async (): Promise<boolean> => {
    const next = await shards.next();
    if (next.done !== true) bytes += next.value;
    return next.done !== true && !stopped;
  };
  while (bytes === 0 && (await countNext()));
  // What cannot be counted is not known; who reads or writes it will find out.
  const counting = (async () => {
    while (await countNext()) await setTimeout(COUNTING_REST_MS);
  })().catch(() => undefined);
  return {
    bytes: () => Math.max(0, bytes),
    add: (more) => void (bytes += more),
    async stop() {
      stopped = true;
      await counting;
    },
  };
}
