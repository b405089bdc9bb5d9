import type { BucketId } from '@pilvi/cluster-map';
import type { CompletedPart, WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ListEntry, UploadEntry } from '@pilvi/contracts/index/v1/service';
import type { Checksum, ObjectMetadata, ObjectRecord, PartRecord, Tag, UploadRecord } from '@pilvi/contracts/index/v1/record';
import type { ListQuery, ListUploadsQuery } from './clients.ts';

/** Codes of ObjectStoreError; the gateway's one table maps them to S3 errors. */
export type ObjectStoreErrorCode =
  | 'no-such-key'
  | 'no-such-upload'
  | 'precondition-failed'
  | 'invalid-part'
  | 'invalid-part-order'
  | 'entity-too-small'
  | 'bad-digest'
  | 'bucket-sealed'
  | 'bucket-not-empty'
  | 'no-such-bucket'
  | 'bucket-exists'
  | 'no-space'
  | 'unavailable'
  | 'outcome-unknown'
  | 'damaged'
  | 'too-many-buckets';

/** A body on its way in. The bytes are pulled, so that the client's socket feels the store's backpressure. */
export interface IncomingBody {
  /** Decoded length in bytes, declared by the client. */
  readonly sizeBytes: number;
  /** The decoded bytes; throws what the edge found wrong with them (signature, length, checksum). */
  readonly bytes: AsyncIterable<Buffer>;
  /** Called once, after the last byte and before the commit: what was computed on the way. Throws to refuse the object. */
  finish(): { etag: string; checksums: Checksum[] };
}

/** What is needed to name a key. */
export interface ObjectAddress {
  readonly bucket: BucketId;
  readonly key: string;
}

export interface PutObjectInput extends ObjectAddress {
  readonly body: IncomingBody;
  readonly metadata: ObjectMetadata;
  readonly tags: Tag[];
  readonly ownerId: string;
  readonly condition: WriteCondition;
}

/** An object found; the record is fixed, so ranges read through `open` are all of this one version. */
export interface FoundObject {
  readonly record: ObjectRecord;
  /** Bytes `[start, endExclusive)`, verified; fails rather than give a wrong byte. */
  open(start: number, endExclusive: number, signal?: AbortSignal): AsyncIterable<Buffer>;
}

export interface ListPage {
  readonly entries: ListEntry[];
  readonly truncated: boolean;
}

/** Objects and multipart uploads. Every method throws ObjectStoreError; every write is durable and committed when it resolves. */
export interface ObjectStore {
  /** The record as committed, without its layout and parts. */
  putObject(input: PutObjectInput, signal?: AbortSignal): Promise<ObjectRecord>;
  /** Throws `no-such-key`. */
  getObject(address: ObjectAddress, signal?: AbortSignal): Promise<FoundObject>;
  /** Record only. Throws `no-such-key`. */
  headObject(address: ObjectAddress, signal?: AbortSignal): Promise<ObjectRecord>;
  /** Deleting what is not there is no error, as in S3. */
  deleteObject(address: ObjectAddress & { readonly condition: WriteCondition }, signal?: AbortSignal): Promise<void>;
  putObjectTags(address: ObjectAddress & { readonly tags: Tag[] }, signal?: AbortSignal): Promise<void>;
  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage>;

  /** Answers the upload id. */
  createUpload(
    input: ObjectAddress & { readonly upload: Omit<UploadRecord, 'uploadId' | 'key' | 'initiatedMs'> },
    signal?: AbortSignal,
  ): Promise<UploadRecord>;
  getUpload(input: ObjectAddress & { readonly uploadId: string }, signal?: AbortSignal): Promise<UploadRecord>;
  putPart(
    input: ObjectAddress & { readonly uploadId: string; readonly partNumber: number; readonly body: IncomingBody },
    signal?: AbortSignal,
  ): Promise<PartRecord>;
  listParts(
    input: ObjectAddress & { readonly uploadId: string; readonly afterNumber: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<{ upload: UploadRecord; parts: PartRecord[]; truncated: boolean }>;
  completeUpload(
    input: ObjectAddress & {
      readonly uploadId: string;
      readonly parts: CompletedPart[];
      readonly condition: WriteCondition;
      readonly minPartSizeBytes: number;
      readonly expectedChecksums: Checksum[];
      /** Undefined: not named by the client. */
      readonly expectedSizeBytes: number | undefined;
    },
    signal?: AbortSignal,
  ): Promise<ObjectRecord>;
  abortUpload(input: ObjectAddress & { readonly uploadId: string }, signal?: AbortSignal): Promise<void>;
  listUploads(query: ListUploadsQuery, signal?: AbortSignal): Promise<{ entries: UploadEntry[]; truncated: boolean }>;
}

/** A bucket as the control store keeps it. */
export interface Bucket {
  readonly id: BucketId;
  readonly name: string;
  readonly ownerId: string;
  readonly region: string;
  readonly createdMs: number;
  readonly state: 'active' | 'deleting';
  /** How often its deletion was attempted (X2). */
  readonly deletionAttempts?: number;
  /** Configuration documents by name (`tagging`, later `policy`, `cors`, `lifecycle`, ...), each as the text it is stored in. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** The buckets. A change is seen by every gateway within its cache's bound, a creation and a deletion at once (X2). */
export interface BucketDirectory {
  /** Throws `bucket-exists` (details.ownerId tells whose). */
  create(
    input: {
      readonly name: string;
      readonly ownerId: string;
      readonly region: string;
      readonly configuration?: Readonly<Record<string, string>>;
    },
    signal?: AbortSignal,
  ): Promise<Bucket>;
  /** Undefined when there is none, or it is being deleted. */
  get(name: string, signal?: AbortSignal): Promise<Bucket | undefined>;
  /** Ascending by name. */
  list(
    query: { readonly prefix?: string; readonly startAfter?: string; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<{ buckets: Bucket[]; truncated: boolean }>;
  /** Throws `no-such-bucket` or `bucket-not-empty` (X2: seal every partition first). */
  delete(name: string, signal?: AbortSignal): Promise<void>;
  /** Sets (or removes, with undefined) one configuration document. Throws `no-such-bucket`. */
  configure(name: string, document: string, value: string | undefined, signal?: AbortSignal): Promise<Bucket>;
}
