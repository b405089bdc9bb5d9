import type { ChunkStore } from './chunk-store.ts';
import { ChunkStoreError } from './errors.ts';
import { decodeChunk, encodeChunk } from './stored-chunk.ts';

/** A chunk store in memory, for simulation and tests. `damage` changes one stored byte of a chunk. */
export interface MemoryChunkStore extends ChunkStore {
  damage(id: Buffer): void;
}

export function createMemoryChunkStore(): MemoryChunkStore {
  const chunks = new Map<string, Buffer>();
  let liveBytes = 0;

  function remove(name: string): void {
    liveBytes -= chunks.get(name)?.length ?? 0;
    chunks.delete(name);
  }

  return {
    condition: 'sound',
    get liveBytes() {
      return liveBytes;
    },
    async put(info, data) {
      const value = encodeChunk(info, data);
      const name = info.id.toString('hex');
      remove(name);
      chunks.set(name, value);
      liveBytes += value.length;
      await Promise.resolve();
    },
    async get(id) {
      await Promise.resolve();
      const value = chunks.get(id.toString('hex'));
      if (value === undefined) throw new ChunkStoreError('not-found', `chunk ${id.toString('hex')} is not here`);
      return decodeChunk(id, value);
    },
    async delete(ids) {
      for (const id of ids) remove(id.toString('hex'));
      await Promise.resolve();
    },
    isThere: () => Promise.resolve(true),
    damage(id) {
      const value = chunks.get(id.toString('hex'));
      if (value !== undefined) value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
