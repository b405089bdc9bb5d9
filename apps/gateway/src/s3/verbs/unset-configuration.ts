import { S3Error, type S3ErrorCode } from '@pilvi/s3-protocol';
import type { XmlContent } from '@pilvi/xml';
import { noContent, xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

// Configuration that nobody has set, and that nobody can set yet, reads as AWS reports it for a new bucket, so that
// tools which read before they write (Terraform above all) find what they expect.
// Source: the "Get..." operations in the S3 API reference, and the answers of AWS to them for a new bucket.

export const getBucketAccelerateConfiguration = answers(
  'GetBucketAccelerateConfiguration',
  's3:GetAccelerateConfiguration',
  'AccelerateConfiguration',
  [],
);
export const getBucketLogging = answers('GetBucketLogging', 's3:GetBucketLogging', 'BucketLoggingStatus', []);
export const getBucketNotification = answers(
  'GetBucketNotificationConfiguration',
  's3:GetBucketNotification',
  'NotificationConfiguration',
  [],
);
export const getBucketVersioning = answers('GetBucketVersioning', 's3:GetBucketVersioning', 'VersioningConfiguration', []);
export const getBucketRequestPayment = answers('GetBucketRequestPayment', 's3:GetBucketRequestPayment', 'RequestPaymentConfiguration', [
  ['Payer', 'BucketOwner'],
]);
/** The default that AWS reports. Pilvi does not encrypt at rest: a request that asks for it by header gets NotImplemented. */
export const getBucketEncryption = answers('GetBucketEncryption', 's3:GetEncryptionConfiguration', 'ServerSideEncryptionConfiguration', [
  [
    'Rule',
    [
      ['ApplyServerSideEncryptionByDefault', [['SSEAlgorithm', 'AES256']]],
      ['BucketKeyEnabled', false],
    ],
  ],
]);

export const getBucketCors = isAbsent('GetBucketCors', 's3:GetBucketCORS', 'NoSuchCORSConfiguration');
export const getBucketLifecycle = isAbsent(
  'GetBucketLifecycleConfiguration',
  's3:GetLifecycleConfiguration',
  'NoSuchLifecycleConfiguration',
);
export const getBucketPolicy = isAbsent('GetBucketPolicy', 's3:GetBucketPolicy', 'NoSuchBucketPolicy');
export const getBucketPolicyStatus = isAbsent('GetBucketPolicyStatus', 's3:GetBucketPolicyStatus', 'NoSuchBucketPolicy');
export const getBucketReplication = isAbsent(
  'GetBucketReplication',
  's3:GetReplicationConfiguration',
  'ReplicationConfigurationNotFoundError',
);
export const getBucketWebsite = isAbsent('GetBucketWebsite', 's3:GetBucketWebsite', 'NoSuchWebsiteConfiguration');
export const getObjectLockConfiguration = isAbsent(
  'GetObjectLockConfiguration',
  's3:GetBucketObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
);

// Removing what was never set changes nothing, and succeeds.
export const deleteBucketCors = removesNothing('DeleteBucketCors', 's3:PutBucketCORS');
export const deleteBucketEncryption = removesNothing('DeleteBucketEncryption', 's3:PutEncryptionConfiguration');
export const deleteBucketLifecycle = removesNothing('DeleteBucketLifecycle', 's3:PutLifecycleConfiguration');
export const deleteBucketPolicy = removesNothing('DeleteBucketPolicy', 's3:DeleteBucketPolicy');
export const deleteBucketReplication = removesNothing('DeleteBucketReplication', 's3:PutReplicationConfiguration');
export const deleteBucketWebsite = removesNothing('DeleteBucketWebsite', 's3:DeleteBucketWebsite');

function answers(name: string, action: string, root: string, content: XmlContent): BucketVerb {
  return { on: 'bucket', name, action, run: async () => xmlReply(document(root, content)) };
}

function isAbsent(name: string, action: string, code: S3ErrorCode): BucketVerb {
  return {
    on: 'bucket',
    name,
    action,
    run: async (_exchange, bucket) => {
      throw new S3Error(code, { fields: { BucketName: bucket.name } });
    },
  };
}

function removesNothing(name: string, action: string): BucketVerb {
  return { on: 'bucket', name, action, run: async () => noContent() };
}
