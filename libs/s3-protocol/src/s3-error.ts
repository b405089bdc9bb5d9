import { S3_ERRORS, type S3ErrorCode } from './s3-error-codes.ts';

export interface S3ErrorOptions {
  /** Instead of the code's usual message. */
  readonly message?: string;
  /** Further elements of the error document, in order (`BucketName`, `Key`, `ArgumentName`, `Condition`, ...). */
  readonly fields?: Readonly<Record<string, string>>;
  /** Kept for our logs; a client never sees it. */
  readonly cause?: unknown;
}

/** An answer other than success, as S3 gives it. Source: "Error responses", Amazon S3 API reference. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: S3ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, options: S3ErrorOptions = {}) {
    const known = S3_ERRORS[code];
    super(options.message ?? known.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = known.status;
    this.fields = options.fields ?? NO_FIELDS;
  }
}

const NO_FIELDS: Readonly<Record<string, string>> = {};
