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
