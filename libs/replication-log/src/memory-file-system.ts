import { basename, dirname } from 'node:path';
import type { LogFile, LogFileSystem } from './file-system.ts';

/** The unit that a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/** A disk in memory whose power can fail, which can take less than asked, and can fail for good. For simulation and tests. */
export interface MemoryFileSystem extends LogFileSystem {
  /**
   * The power fails: of what was not synced, `survives` decides for every sector written and for the length of what happened
   * to names. Open files are dead afterwards.
   */
  losePower(survives: () => boolean): void;
  /** Called before every write and sync; what it throws the caller gets. Its number limits how many bytes a write takes. */
  onWrite: (operation: 'write' | 'datasync', path: string) => number | undefined;
  /** Bytes of a file, to look at or to damage. */
  bytes(path: string): Buffer;
  /** Cuts a file. */
  cut(path: string, sizeBytes: number): void;
}

interface Inode {
  live: Buffer;
  durable: Buffer;
  /** Sectors written since the last sync. */
  readonly dirty: Set<number>;
}

type NameChange = (names: Map<string, Inode>) => void;

export function createMemoryFileSystem(): MemoryFileSystem {
  let live = new Map<string, Inode>();
  let durable = new Map<string, Inode>();
  /** Creations, renames and removals since the directory was synced; the journal keeps their order. */
  let changes: NameChange[] = [];
  let life = 0;

  const change = (apply: NameChange): void => {
    apply(live);
    changes.push(apply);
  };
  const find = (path: string): Inode => {
    const inode = live.get(path);
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return inode;
  };

  /** The file may have been renamed since it was opened. */
  const nameOf = (inode: Inode): string => [...live].find(([, i]) => i === inode)?.[0] ?? '';

  function openFile(inode: Inode): LogFile {
    const born = life;
    const check = (): void => {
      if (born !== life) throw new Error('the power failed');
    };
    return {
      read: async (into, position) => {
        check();
        return inode.live.copy(into, 0, position, position + into.length);
      },
      write: async (buffers, position) => {
        check();
        const limit = fs.onWrite('write', nameOf(inode));
        await Promise.resolve();
        check();
        const all = Buffer.concat(buffers).subarray(0, limit);
        if (position + all.length > inode.live.length)
          inode.live = Buffer.concat([inode.live, Buffer.alloc(position + all.length - inode.live.length)]);
        all.copy(inode.live, position);
        for (let s = Math.floor(position / SECTOR_BYTES); s * SECTOR_BYTES < position + all.length; s++) inode.dirty.add(s);
        return all.length;
      },
      datasync: async () => {
        check();
        fs.onWrite('datasync', nameOf(inode));
        await Promise.resolve();
        check();
        inode.durable = Buffer.from(inode.live);
        inode.dirty.clear();
      },
      sizeBytes: async () => inode.live.length,
      close: async () => {},
    };
  }

  const fs: MemoryFileSystem = {
    onWrite: () => undefined,
    makeDirectory: async () => {},
    list: async (directory) => [...live.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path)),
    open: async (path, options = {}) => {
      if (options.create === true) {
        const inode: Inode = { live: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: new Set() };
        change((names) => names.set(path, inode));
      }
      return openFile(find(path));
    },
    rename: async (from, to) => {
      const inode = find(from);
      change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    },
    remove: async (path) => {
      change((names) => names.delete(path));
    },
    syncDirectory: async () => {
      for (const apply of changes) apply(durable);
      changes = [];
    },
    losePower(survives) {
      life++;
      for (const apply of changes) {
        if (!survives()) break;
        apply(durable);
      }
      changes = [];
      for (const inode of new Set(durable.values())) {
        const after = Buffer.alloc(inode.dirty.size > 0 && survives() ? inode.live.length : inode.durable.length);
        inode.durable.copy(after);
        for (const s of inode.dirty) if (survives()) inode.live.copy(after, s * SECTOR_BYTES, s * SECTOR_BYTES, (s + 1) * SECTOR_BYTES);
        inode.live = after;
        inode.durable = Buffer.from(after);
        inode.dirty.clear();
      }
      live = new Map(durable);
      durable = new Map(live);
    },
    bytes: (path) => find(path).live,
    cut(path, sizeBytes) {
      const inode = find(path);
      inode.live = inode.live.subarray(0, sizeBytes);
    },
  };
  return fs;
}
