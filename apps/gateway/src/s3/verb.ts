import type { Bucket } from '@pilvi/object-store';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

/** An S3 operation: what its name is, which IAM action it needs, and how it answers. */
export type Verb = ServiceVerb | NewBucketVerb | BucketVerb | ObjectVerb | PreflightVerb;

interface VerbNames {
  /** As in the S3 API reference. */
  readonly name: string;
  /** As in IAM; the caller must be allowed it before `run` is called. */
  readonly action: string;
  /** The verb names many keys, and asks for each by itself. */
  readonly asksPerKey?: true;
}

/** On the account. */
export interface ServiceVerb extends VerbNames {
  readonly on: 'service';
  readonly run: (exchange: Exchange) => Promise<Reply>;
}

/** On a bucket that need not exist. */
export interface NewBucketVerb extends VerbNames {
  readonly on: 'new-bucket';
  readonly run: (exchange: Exchange, bucketName: string) => Promise<Reply>;
}

/** On a bucket that exists. */
export interface BucketVerb extends VerbNames {
  readonly on: 'bucket';
  readonly run: (exchange: Exchange, bucket: Bucket) => Promise<Reply>;
}

/** On a key of a bucket that exists. */
export interface ObjectVerb extends VerbNames {
  readonly on: 'object';
  readonly run: (exchange: Exchange, bucket: Bucket, key: string) => Promise<Reply>;
}

/** A CORS preflight: unsigned by its nature. */
export interface PreflightVerb extends VerbNames {
  readonly on: 'preflight';
  readonly run: (exchange: Exchange) => Promise<Reply>;
}
