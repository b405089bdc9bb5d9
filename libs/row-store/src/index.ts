export { createChunkInventory, type ChunkInventory } from './chunk-inventory.ts';
export type { CheckpointedPartition } from './checkpoint-form.ts';
export { RowStoreError, type RowStoreErrorCode } from './errors.ts';
export { USER_PREFIX } from './node-keys.ts';
export { openRowStore, type RowStoreOptions } from './open-row-store.ts';
export { NOTHING_APPLIED, type AppliedState, type RowSnapshot, type RowStore } from './row-store.ts';
export type { ScrubReport } from './scrub.ts';
