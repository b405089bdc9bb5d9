export type { ChunkInfo, ChunkStore, ChunkStoreErrorCode } from './chunk-store.ts';
