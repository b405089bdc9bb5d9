import {
  close,
  closeSync,
  constants,
  fdatasync,
  fstat,
  fsync,
  mkdirSync,
  open,
  openSync,
  read,
  readdirSync,
  rename,
  rmSync,
  stat,
  unlink,
  write,
  writev,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { openDirectBuffers } from './direct-buffers.ts';

/** Directories that the chunks are spread over, by their ids. Part of the format. */
export const SHARD_COUNT = 256;
const SHARDS = Array.from({ length: SHARD_COUNT }, (_, i) => i.toString(16).padStart(2, '0'));
/** What takes the place of a chunk that is there is written here first. */
const REPLACING = 'replacing';
const NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Node's callbacks: a third of the cost of FileHandle's promises. */
const calls = {
  open: promisify(open),
  write: promisify(write),
  writev: promisify(writev),
  fdatasync: promisify(fdatasync),
  fsync: promisify(fsync),
  close: promisify(close),
  rename: promisify(rename),
  unlink: promisify(unlink),
  stat: promisify(stat),
  fstat: promisify(fstat),
  read: promisify(read),
};

/** Files of chunks, `<shard>/<id>`, and what makes them durable. */
export interface ChunkFiles extends Disposable {
  /** Directories were gone, and are made again. */
  readonly wasIncomplete: boolean;
  /** Durable when it resolves, with the bytes that it takes: the bytes, and the name under which they are found. */
  write(id: Buffer, pieces: readonly Uint8Array[]): Promise<number>;
  /** Undefined: not there. */
  read(id: Buffer): Promise<Buffer | undefined>;
  /** Durable when it resolves, with the bytes that came free; what is not there is no error. */
  remove(ids: readonly Buffer[]): Promise<number>;
  /** What lies in each of the directories in turn. Ids spread chunks evenly over all of them. */
  count(): AsyncGenerator<{ readonly files: number; readonly bytes: number }>;
  /** Whether the directories are still there. */
  areThere(): Promise<boolean>;
}

/** Opens the directories, and makes those that are missing. So many writes at a time of so many bytes pass the page cache by, where that can be done. */
export function openChunkFiles(directory: string, direct: { readonly writes: number; readonly sizeBytes: number }): ChunkFiles {
  const there = new Set(readdirSync(directory));
  const missing = SHARDS.filter((shard) => !there.has(shard));
  for (const shard of missing) mkdirSync(join(directory, shard), { mode: DIRECTORY_MODE });
  rmSync(join(directory, REPLACING), { recursive: true, force: true });
  mkdirSync(join(directory, REPLACING), { mode: DIRECTORY_MODE });
  // An entry of a directory is durable when the directory was fsynced.
  const shards = SHARDS.map((shard) => openSync(join(directory, shard), 'r'));
  const buffers = openDirectBuffers(join(directory, REPLACING), direct.writes, direct.sizeBytes);
  let replaced = 0;

  const shardOf = (id: Buffer): number => crc32(id) % SHARD_COUNT;
  const pathOf = (id: Buffer): string => join(directory, SHARDS[shardOf(id)]!, id.toString('hex'));
  const syncShardOf = (id: Buffer): Promise<void> => calls.fsync(shards[shardOf(id)]!);

  /** Writes a new file, and says how long it is; undefined when there is one. `beside` is what may go on at the same time as its fsync. */
  async function create(path: string, pieces: readonly Uint8Array[], beside: () => Promise<void>): Promise<number | undefined> {
    using buffer = buffers?.fill(pieces);
    const file = await unless('EEXIST', calls.open(path, buffer === undefined ? NEW : NEW | constants.O_DIRECT, FILE_MODE));
    if (file === undefined) return undefined;
    try {
      const length = buffer === undefined ? await writeFully(file, pieces) : await writeDirectly(file, buffer.bytes);
      await Promise.all([calls.fdatasync(file), beside()]);
      return length;
    } finally {
      await calls.close(file);
    }
  }

  /** Whole before it has the name: what is there may be as good, and acknowledged. */
  async function replace(id: Buffer, pieces: readonly Uint8Array[]): Promise<number> {
    const path = join(directory, REPLACING, `${id.toString('hex')}.${String(replaced++)}`);
    const length = (await create(path, pieces, () => Promise.resolve()))!;
    await calls.rename(path, pathOf(id));
    await syncShardOf(id);
    return length;
  }

  async function sizeOf(path: string): Promise<number> {
    return (await unless('ENOENT', calls.stat(path)))?.size ?? 0;
  }

  return {
    wasIncomplete: missing.length > 0 && missing.length < SHARD_COUNT,
    async write(id, pieces) {
      return (await create(pathOf(id), pieces, () => syncShardOf(id))) ?? (await replace(id, pieces));
    },
    async read(id) {
      const file = await unless('ENOENT', calls.open(pathOf(id), 'r'));
      if (file === undefined) return undefined;
      try {
        return await readWhole(file);
      } finally {
        await calls.close(file);
      }
    },
    async remove(ids) {
      let bytes = 0;
      for (const id of ids) {
        bytes += await sizeOf(pathOf(id));
        await unless('ENOENT', calls.unlink(pathOf(id)));
      }
      for (const id of new Map(ids.map((id) => [shardOf(id), id])).values()) await syncShardOf(id);
      return bytes;
    },
    async *count() {
      for (const shard of SHARDS) {
        const names = await readdir(join(directory, shard));
        let bytes = 0;
        for (const name of names) bytes += await sizeOf(join(directory, shard, name));
        yield { files: names.length, bytes };
      }
    },
    async areThere() {
      const names = await unless('ENOENT', readdir(directory));
      return names !== undefined && SHARDS.every((shard) => names.includes(shard));
    },
    [Symbol.dispose]() {
      for (const shard of shards) closeSync(shard);
    },
  };
}

/** What a call comes to, or undefined when it fails in the one way that is expected. */
async function unless<T>(code: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}

/** Writes everything, however little each call takes, and says how much that was. */
async function writeFully(file: number, pieces: readonly Uint8Array[]): Promise<number> {
  let rest = Buffer.alloc(0);
  let { bytesWritten } = await calls.writev(file, [...pieces]);
  const written = bytesWritten;
  for (const piece of pieces) {
    if (bytesWritten >= piece.length) bytesWritten -= piece.length;
    else {
      rest = Buffer.concat([rest, piece.subarray(bytesWritten)]);
      bytesWritten = 0;
    }
  }
  return rest.length === 0 ? written : written + (await writeFully(file, [rest]));
}

/** The same, of aligned bytes; a call takes whole blocks. */
async function writeDirectly(file: number, bytes: Buffer): Promise<number> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await calls.write(file, bytes, at, bytes.length - at, at);
    if (bytesWritten === 0) throw new Error('nothing was written');
    at += bytesWritten;
  }
  return bytes.length;
}

/** In one piece: a chunk's memory is its own, and one read is enough for it. */
async function readWhole(file: number): Promise<Buffer> {
  const { size } = await calls.fstat(file);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await calls.read(file, bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}
