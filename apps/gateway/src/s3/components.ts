import type { BucketDirectory, ObjectStore } from '@pilvi/object-store';
import type { Clock, Logger } from '@pilvi/runtime';
import type { RequestObserver } from './request-observer.ts';

/** Everything the S3 edge stands on; wired by hand in `../context.ts`. */
export interface S3Components {
  readonly objects: ObjectStore;
  readonly buckets: BucketDirectory;
  /** Who holds an access key; undefined for an unknown one. */
  readonly credentials: (accessKeyId: string) => AccessKey | undefined;
  readonly authorize: Authorize;
  readonly region: string;
  /** Host names under which `bucket.<name>` addresses a bucket. */
  readonly domains: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** A fresh request id: 16 upper-case letters and digits, as S3's. */
  readonly requestIds: () => string;
  readonly observer: RequestObserver;
}

/** An access key and the account behind it. */
export interface AccessKey {
  readonly secret: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  /** ARN of the user. */
  readonly principal: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** Canonical id of the account: 64 hexadecimal digits. */
  readonly canonicalId: string;
  readonly displayName: string;
}

/** Who asks; undefined for an anonymous request. */
export type Principal = AccessKey | undefined;

/**
 * The one gate that every request passes. `action` is named as in IAM (`s3:PutObject`), `resource` is an ARN
 * (`arn:aws:s3:::bucket/key`).
 */
export type Authorize = (principal: Principal, action: string, resource: string, context: AuthorizationContext) => boolean;

export interface AuthorizationContext {
  /** Canonical id of the account that owns the bucket; undefined where no bucket exists. */
  readonly bucketOwnerId: string | undefined;
  /** True when the request came over TLS. */
  readonly secureTransport: boolean;
  readonly sourceIp: string | undefined;
}
