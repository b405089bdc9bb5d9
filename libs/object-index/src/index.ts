export { CHUNK_NAME_KINDS } from './chunk-names.ts';
export { decodeEntry, encodeEntry, type DecodedEntry } from './entry.ts';
export { ObjectIndexError, type ObjectIndexErrorCode } from './errors.ts';
export { evaluate, isMutation, rangesToRead, recordedAnswer, type Evaluation } from './evaluate.ts';
export { extentsOf, fullyHeld } from './extents.ts';
export { heldBuckets, type HeldBucket } from './held-buckets.ts';
export { listObjects, listUploads, type ObjectListing, type UploadListing } from './list.ts';
export { createMemoryRows, type MemoryRows } from './memory-rows.ts';
export { read, type ReadContext } from './read.ts';
export {
  bucketRange,
  intentKey,
  keyTextOf,
  objectKey,
  partitionRange,
  prefixRange,
  repairKey,
  rowOfRepairKey,
  successor,
  Table,
  tableRange,
} from './row-keys.ts';
export type { KeyRange, RowChange, RowCursor, RowView } from './rows.ts';
export { DIGEST_BYTES, digestAfter, digestBytes, EMPTY_DIGEST, frame, isSound, readDigest, unframe } from './stored-value.ts';
export type { EvaluationContext, Placement } from './transaction.ts';
