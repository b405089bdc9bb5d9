import { existsSync, readdirSync } from 'node:fs';
import type { ChunkEngine, ChunkStore, ChunkStoreOptions } from './chunk-store.ts';
import { openFileChunkStore } from './file-chunk-store.ts';
import { openLevelDbChunkStore } from './leveldb-chunk-store.ts';

/** Opens the chunks of one node, whatever state the files are in (see `condition`). What is stored stays in the engine that it was stored in. */
export function openChunkStore(options: ChunkStoreOptions): Promise<ChunkStore> {
  switch (engineIn(options.directory) ?? options.engine ?? 'files') {
    case 'files':
      return openFileChunkStore(options);
    case 'leveldb':
      return openLevelDbChunkStore(options);
  }
}

/** Which engine's files a directory holds; undefined for an empty one. */
function engineIn(directory: string): ChunkEngine | undefined {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  if (names.some((name) => /^(CURRENT|LOCK|LOG|MANIFEST-\d+|REPAIR|\d+\.(ldb|log))$/.test(name))) return 'leveldb';
  return names.length > 0 ? 'files' : undefined;
}
