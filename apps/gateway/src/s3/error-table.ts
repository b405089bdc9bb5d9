import { ObjectStoreError, type ObjectStoreErrorCode } from '@pilvi/object-store';
import { S3Error, type S3ErrorCode } from '@pilvi/s3-protocol';

/**
 * Every failure of the object store as S3 names it. None carries a message of ours to the client.
 * AWS never runs out of space, so it has no code for that: 507 InsufficientStorage says it plainly, and SDKs do not
 * hammer on it as they would on a 503.
 */
const S3_CODES: Readonly<Record<ObjectStoreErrorCode, S3ErrorCode>> = {
  'no-such-key': 'NoSuchKey',
  'no-such-upload': 'NoSuchUpload',
  'precondition-failed': 'PreconditionFailed',
  'invalid-part': 'InvalidPart',
  'invalid-part-order': 'InvalidPartOrder',
  'entity-too-small': 'EntityTooSmall',
  'bad-digest': 'BadDigest',
  // Whether its deletion will be refused is not decided yet: who asks again finds the bucket, or none.
  'bucket-sealed': 'ServiceUnavailable',
  'bucket-not-empty': 'BucketNotEmpty',
  'no-such-bucket': 'NoSuchBucket',
  'bucket-exists': 'BucketAlreadyExists',
  'no-space': 'InsufficientStorage',
  unavailable: 'ServiceUnavailable',
  'outcome-unknown': 'InternalError',
  damaged: 'InternalError',
  'too-many-buckets': 'TooManyBuckets',
};

/** What the client is told of any error: our own S3 errors as they are, the store's by the table, all else InternalError. */
export function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof ObjectStoreError) return new S3Error(S3_CODES[error.code], { cause: error });
  return new S3Error('InternalError', { cause: error });
}

/** What a verb may want to know of a failed call to the store. */
export interface StoreFailure {
  readonly code: ObjectStoreErrorCode;
  /** Of the bucket that exists already. */
  readonly ownerId: string | undefined;
}

export function storeFailure(error: unknown): StoreFailure | undefined {
  if (!(error instanceof ObjectStoreError)) return undefined;
  return { code: error.code, ownerId: error.details.ownerId };
}
