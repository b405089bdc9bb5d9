export { openEmbeddedControlStore } from './embedded-store.ts';
export type { EmbeddedStore, EmbeddedStoreOptions } from './embedded-store.ts';
export { createMemoryControlStore } from './memory-store.ts';
export type { CompactableStore } from './memory-store.ts';
export { openMirrorStorage } from './mirror-storage.ts';
export type { MirrorStorage, MirrorStorageOptions } from './mirror-storage.ts';
export { createMirrorSet } from './mirror.ts';
export type { ControlMirror, MirrorSet, MutableMirrorSet } from './mirror.ts';
export { ControlStoreError } from './errors.ts';
export type { ControlStoreEndCode } from './errors.ts';
export type {
  Change,
  Compare,
  ControlStore,
  ControlStoreErrorCode,
  KeyValue,
  RangePage,
  TxnResult,
  WatchBatch,
  WatchEvent,
} from './control-store.ts';
