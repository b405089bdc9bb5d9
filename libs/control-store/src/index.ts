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
export { decodeBackup, encodeBackup } from './backup-file.ts';
export type { BackupEntry, ControlBackup } from './backup-file.ts';
export { formatControlStoreAddress, parseControlStoreAddress } from './control-store-address.ts';
export type { ControlStoreAddress } from './control-store-address.ts';
export type { Commit, CommitChange } from './commit.ts';
export type { ControlCopy } from './control-copy.ts';
export type { CopyCondition } from './copy-condition.ts';
export { openEmbeddedControlStore } from './embedded-store.ts';
export type { EmbeddedControlStore, EmbeddedStoreOptions } from './embedded-store.ts';
export type { RestoredData } from './begin-restored.ts';
export { ControlStoreError } from './errors.ts';
export { openEtcdStore } from './etcd/etcd-store.ts';
export type { EtcdStoreOptions } from './etcd/etcd-store.ts';
export { createGrpcMirror } from './grpc-mirror.ts';
export { createMemoryControlStore } from './memory-store.ts';
export type { CompactableStore } from './memory-store.ts';
export type { ControlMirror, MirrorAnswer, MirrorAppend, MirrorDescription, SnapshotPart } from './mirror.ts';
export type { MirrorState } from './mirror-links.ts';
export { holdsControlData, openControlCopy } from './open-control-copy.ts';
export { openMirrorStorage } from './mirror-storage.ts';
export type { MirrorStorage } from './mirror-storage.ts';
export { createMirrorService } from './serve-mirror.ts';
export {
  readRefusedRestore,
  readRestoreRequest,
  refuseRestoreRequest,
  removeRestoreRequest,
  writeRestoreRequest,
} from './restore-request.ts';
export type { RefusedRestore, RestoreRequest } from './restore-request.ts';
