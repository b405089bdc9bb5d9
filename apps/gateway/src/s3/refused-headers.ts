import { S3Error } from '@pilvi/s3-protocol';
import type { RequestHeaders } from './request-headers.ts';

/** Whether a header's value asks only for what holds anyway. */
type AlreadySo = (value: string) => boolean;

const never: AlreadySo = () => false;
const oneOf =
  (...values: string[]): AlreadySo =>
  (value) =>
    values.includes(value);

/**
 * Headers that ask for what is not built. None is dropped in silence: unless its value asks for what holds anyway, the
 * request gets NotImplemented. (x-amz-bypass-governance-retention is not here: nothing is ever locked, so it asks for nothing.)
 */
const NOT_BUILT: ReadonlyMap<string, AlreadySo> = new Map([
  // Every bucket is BucketOwnerEnforced: the owner, and nobody else, has full control.
  ['x-amz-acl', oneOf('private', 'bucket-owner-full-control', 'bucket-owner-read')],
  ['x-amz-grant-full-control', never],
  ['x-amz-grant-read', never],
  ['x-amz-grant-read-acp', never],
  ['x-amz-grant-write', never],
  ['x-amz-grant-write-acp', never],
  ['x-amz-object-ownership', oneOf('BucketOwnerEnforced')],
  ['x-amz-bucket-object-lock-enabled', oneOf('false', 'False')],
  ['x-amz-bucket-namespace', oneOf('global')],
  ['x-amz-object-lock-mode', never],
  ['x-amz-object-lock-retain-until-date', never],
  ['x-amz-object-lock-legal-hold', oneOf('OFF')],
  ['x-amz-mfa', never],
  ['x-amz-server-side-encryption', never],
  ['x-amz-server-side-encryption-aws-kms-key-id', never],
  ['x-amz-server-side-encryption-context', never],
  ['x-amz-server-side-encryption-bucket-key-enabled', oneOf('false')],
  ['x-amz-server-side-encryption-customer-algorithm', never],
  ['x-amz-server-side-encryption-customer-key', never],
  ['x-amz-server-side-encryption-customer-key-md5', never],
  ['x-amz-copy-source-server-side-encryption-customer-algorithm', never],
  ['x-amz-copy-source-server-side-encryption-customer-key', never],
  ['x-amz-copy-source-server-side-encryption-customer-key-md5', never],
  ['x-amz-write-offset-bytes', never],
  ['x-amz-rename-source', never],
  ['x-amz-skip-destination-validation', never],
]);

const CANNED_ACLS: ReadonlySet<string> = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
]);

const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
  'GLACIER_IR',
  'SNOW',
  'EXPRESS_ONEZONE',
  'FSX_OPENZFS',
  'FSX_ONTAP',
]);

/** Throws NotImplemented (naming the header) for what is not built, InvalidStorageClass for a class that does not exist. */
export function refuseUnbuiltHeaders(headers: RequestHeaders): void {
  for (const name in headers) {
    if (!name.startsWith('x-amz-')) continue;
    const value = headers[name] ?? '';
    if (name === 'x-amz-acl' && !CANNED_ACLS.has(value))
      throw new S3Error('InvalidArgument', { fields: { ArgumentName: name, ArgumentValue: value } });
    if (NOT_BUILT.get(name)?.(value) === false) throw notImplementedHeader(name);
    if (name === 'x-amz-storage-class' && value !== 'STANDARD') {
      if (!STORAGE_CLASSES.has(value)) throw new S3Error('InvalidStorageClass', { fields: { StorageClassRequested: value } });
      throw notImplementedHeader(name);
    }
  }
}

export function notImplementedHeader(name: string): S3Error {
  return new S3Error('NotImplemented', {
    message: 'A header you provided implies functionality that is not implemented',
    fields: { Header: name },
  });
}
