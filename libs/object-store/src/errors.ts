import type { ObjectStoreErrorCode } from './object-store.ts';

/** What the caller may want to know beside the code; never shown to S3 clients as it is. */
export interface ObjectStoreErrorDetails {
  /** `precondition-failed`: ETag of the object present, without quotes; absent when there is none. */
  readonly etag?: string | undefined;
  /** `bucket-exists`: whose it is. */
  readonly ownerId?: string | undefined;
  /** `invalid-part`, `entity-too-small`: the part concerned. */
  readonly partNumber?: number | undefined;
  /** `damaged`, of one chunk at one holder: it is not there, or its bytes fail their checksum. */
  readonly chunk?: 'not-found' | 'damaged' | undefined;
}

/** The one error of this library. `unavailable` changed nothing and may be tried again; after `outcome-unknown` the write may have happened. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly code: ObjectStoreErrorCode;
  readonly details: ObjectStoreErrorDetails;

  constructor(code: ObjectStoreErrorCode, message: string, options: { details?: ObjectStoreErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

export function isObjectStoreError(error: unknown, code: ObjectStoreErrorCode): error is ObjectStoreError {
  return error instanceof ObjectStoreError && error.code === code;
}
