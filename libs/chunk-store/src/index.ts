export type { ChunkEngine, ChunkInfo, ChunkStore, ChunkStoreCondition, ChunkStoreOptions } from './chunk-store.ts';
export { ChunkStoreError, type ChunkStoreErrorCode } from './errors.ts';
export { createMemoryChunkStore, type MemoryChunkStore } from './memory-chunk-store.ts';
export { openChunkStore } from './open-chunk-store.ts';
