import { close, fdatasync, fstat, open, read, writev } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { syncDirectory } from '@pilvi/runtime';

/** An open file. Positions are bytes from its start. */
export interface LogFile {
  /** Reads up to `into.length` bytes; fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes the buffers one after the other; may write less than all, and says how much. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Makes what was written durable, the file's size included. */
  datasync(): Promise<void>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** What the log needs of a disk; injected, so that tests can fail, shorten and lose writes (STYLE 17). */
export interface LogFileSystem {
  makeDirectory(path: string): Promise<void>;
  /** Names of the files in a directory; empty when it does not exist. */
  list(directory: string): Promise<string[]>;
  /** Opens for reading and writing; `create` makes an empty file, replacing what is there. */
  open(path: string, options?: { create?: boolean }): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** The real disk. */
export const nodeFileSystem: LogFileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async list(directory) {
    try {
      return await readdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
  open: (path, options = {}) =>
    new Promise((resolve, reject) => {
      open(path, options.create === true ? 'w+' : 'r+', 0o600, (error, fd) => {
        if (error === null) resolve(nodeFile(fd));
        else reject(error);
      });
    }),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
};

/** The callback API: a third of the cost of FileHandle's promises, on the hottest path of a small write. */
function nodeFile(fd: number): LogFile {
  return {
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, position, (error, bytes) => {
          if (error === null) resolve(bytes);
          else reject(error);
        });
      }),
    write: (buffers, position) =>
      new Promise((resolve, reject) => {
        writev(fd, buffers, position, (error, bytes) => {
          if (error === null) resolve(bytes);
          else reject(error);
        });
      }),
    datasync: () => settle((done) => fdatasync(fd, done)),
    sizeBytes: () =>
      new Promise((resolve, reject) => {
        fstat(fd, (error, stats) => {
          if (error === null) resolve(stats.size);
          else reject(error);
        });
      }),
    close: () => settle((done) => close(fd, done)),
  };
}

function settle(start: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/** Writes everything, however little each call takes. */
export async function writeFully(file: LogFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw new Error('the disk took no bytes');
    at += written;
    rest = dropBytes(rest, written);
  }
}

function dropBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (left >= buffer.length) left -= buffer.length;
    else {
      rest.push(buffer.subarray(left));
      left = 0;
    }
  }
  return rest;
}
