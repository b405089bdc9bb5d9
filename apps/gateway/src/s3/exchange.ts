import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Bucket } from '@pilvi/object-store';
import { S3Error } from '@pilvi/s3-protocol';
import type { Principal, S3Components } from './components.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestHeaders } from './request-headers.ts';
import type { Query } from './request-target.ts';

/** One request on its way to a reply, after its signature was verified. */
export interface Exchange {
  readonly components: S3Components;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: RequestHeaders;
  readonly query: Query;
  readonly principal: Principal;
  readonly body: RequestBody;
  readonly requestId: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Throws AccessDenied unless the caller may do this to the bucket, or to the key in it. */
export function requirePermission(
  exchange: Pick<Exchange, 'components' | 'request' | 'principal'>,
  action: string,
  target: { bucket: Bucket | string; key?: string },
): void {
  const { components, request, principal } = exchange;
  const name = typeof target.bucket === 'string' ? target.bucket : target.bucket.name;
  const resource = name === '' ? 'arn:aws:s3:::*' : `arn:aws:s3:::${name}${target.key === undefined ? '' : `/${target.key}`}`;
  const allowed = components.authorize(principal, action, resource, {
    bucketOwnerId: typeof target.bucket === 'string' ? undefined : target.bucket.ownerId,
    secureTransport: (request.socket as Partial<TLSSocket>).encrypted === true,
    sourceIp: request.socket.remoteAddress,
  });
  if (!allowed) throw new S3Error('AccessDenied');
}

/** The caller's account. Only the root account's requests pass `authorize` today, so there always is one where this is asked. */
export function callerAccount(exchange: Exchange): NonNullable<Principal> {
  if (exchange.principal === undefined) throw new S3Error('AccessDenied');
  return exchange.principal;
}

/** The bucket, or NoSuchBucket. */
export async function findBucket(components: S3Components, name: string, signal: AbortSignal): Promise<Bucket> {
  const bucket = await components.buckets.get(name, signal);
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { fields: { BucketName: name } });
  return bucket;
}

/** Refuses a request made for a bucket of another account (x-amz-expected-bucket-owner). */
export function checkExpectedOwner(
  exchange: Exchange,
  header: 'x-amz-expected-bucket-owner' | 'x-amz-source-expected-bucket-owner',
  bucket: Bucket,
): void {
  const expected = exchange.headers[header];
  if (expected === undefined) return;
  if (!/^\d{12}$/.test(expected))
    throw new S3Error('InvalidArgument', { message: `The value specified for ${header} must be an AWS account ID` });
  const { principal } = exchange;
  if (principal === undefined || principal.canonicalId !== bucket.ownerId || principal.accountId !== expected)
    throw new S3Error('AccessDenied');
}

/**
 * Unversioned buckets know the version `null` alone. Throws NoSuchVersion for one that could exist, InvalidArgument for
 * one that could not.
 */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null') return;
  if (/^[A-Za-z0-9._-]{32}$/.test(versionId)) throw new S3Error('NoSuchVersion', { fields: { VersionId: versionId } });
  const message = versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  throw new S3Error('InvalidArgument', { message, fields: { ArgumentName: 'versionId', ArgumentValue: versionId } });
}

/** A whole number from the query. Throws InvalidArgument when it is none, or outside `[min, max]`. */
export function integerParameter(exchange: Exchange, name: string, bounds: { fallback: number; min: number; max: number }): number {
  const text = exchange.query.get(name);
  if (text === undefined || text === '') return bounds.fallback;
  const value = Number(text);
  if (!/^[+-]?\d{1,12}$/.test(text) || value > 2 ** 31 - 1) {
    throw new S3Error('InvalidArgument', {
      message: `Provided ${name} not an integer or within integer range`,
      fields: { ArgumentName: name, ArgumentValue: text },
    });
  }
  if (value < bounds.min || value > bounds.max) {
    throw new S3Error('InvalidArgument', {
      message: `Argument ${name} must be an integer between ${bounds.min} and ${bounds.max}`,
      fields: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return value;
}
