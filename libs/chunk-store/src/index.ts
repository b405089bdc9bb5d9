export type { ChunkInfo, ChunkStore, ChunkStoreCondition } from './chunk-store.ts';
export { ChunkStoreError, type ChunkStoreErrorCode } from './errors.ts';
export { openChunkStore, type ChunkStoreOptions } from './leveldb-chunk-store.ts';
export { createMemoryChunkStore, type MemoryChunkStore } from './memory-chunk-store.ts';
