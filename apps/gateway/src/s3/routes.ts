import { abortMultipartUpload } from './verbs/abort-multipart-upload.ts';
import { completeMultipartUpload } from './verbs/complete-multipart-upload.ts';
import { copyObject } from './verbs/copy-object.ts';
import { createBucket } from './verbs/create-bucket.ts';
import { createMultipartUpload } from './verbs/create-multipart-upload.ts';
import { deleteBucket } from './verbs/delete-bucket.ts';
import { deleteBucketTagging } from './verbs/delete-bucket-tagging.ts';
import { deleteObject } from './verbs/delete-object.ts';
import { deleteObjectTagging } from './verbs/delete-object-tagging.ts';
import { deleteObjects } from './verbs/delete-objects.ts';
import { getBucketLocation } from './verbs/get-bucket-location.ts';
import { getBucketTagging } from './verbs/get-bucket-tagging.ts';
import { getPublicAccessBlock } from './verbs/get-public-access-block.ts';
import { putPublicAccessBlock } from './verbs/put-public-access-block.ts';
import { deletePublicAccessBlock } from './verbs/delete-public-access-block.ts';
import { getObject } from './verbs/get-object.ts';
import { getObjectAttributes } from './verbs/get-object-attributes.ts';
import { getObjectTagging } from './verbs/get-object-tagging.ts';
import { headBucket } from './verbs/head-bucket.ts';
import { headObject } from './verbs/head-object.ts';
import { listBuckets } from './verbs/list-buckets.ts';
import { listMultipartUploads } from './verbs/list-multipart-uploads.ts';
import { listObjectVersions } from './verbs/list-object-versions.ts';
import { listObjects } from './verbs/list-objects.ts';
import { listObjectsV2 } from './verbs/list-objects-v2.ts';
import { listParts } from './verbs/list-parts.ts';
import { deleteBucketOwnershipControls, getBucketOwnershipControls, putBucketOwnershipControls } from './verbs/ownership-controls.ts';
import { preflight } from './verbs/preflight.ts';
import { putBucketTagging } from './verbs/put-bucket-tagging.ts';
import { putObject } from './verbs/put-object.ts';
import { putObjectTagging } from './verbs/put-object-tagging.ts';
import { uploadPart } from './verbs/upload-part.ts';
import { uploadPartCopy } from './verbs/upload-part-copy.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './verbs/acls.ts';
import * as kept from './verbs/kept-configuration.ts';
import * as unset from './verbs/unset-configuration.ts';
import type { Verb } from './verb.ts';

export type Target = 'service' | 'bucket' | 'object';

/** Method, target, sub-resource (`''`: none; `copy` and `uploadId+copy`: with x-amz-copy-source), verb. */
export type Route = readonly [method: string, target: Target, subresource: string, verb: Verb];

/** Every operation that is built. What else S3 knows is in `subresources.ts`. */
export const ROUTES: readonly Route[] = [
  ['GET', 'service', '', listBuckets],

  ['PUT', 'bucket', '', createBucket],
  ['HEAD', 'bucket', '', headBucket],
  ['DELETE', 'bucket', '', deleteBucket],
  ['GET', 'bucket', '', listObjects],
  ['GET', 'bucket', 'list-type', listObjectsV2],
  ['GET', 'bucket', 'versions', listObjectVersions],
  ['GET', 'bucket', 'uploads', listMultipartUploads],
  ['POST', 'bucket', 'delete', deleteObjects],
  ['GET', 'bucket', 'location', getBucketLocation],
  ['GET', 'bucket', 'tagging', getBucketTagging],
  ['PUT', 'bucket', 'tagging', putBucketTagging],
  ['DELETE', 'bucket', 'tagging', deleteBucketTagging],
  ['GET', 'bucket', 'publicAccessBlock', getPublicAccessBlock],
  ['PUT', 'bucket', 'publicAccessBlock', putPublicAccessBlock],
  ['DELETE', 'bucket', 'publicAccessBlock', deletePublicAccessBlock],
  ['GET', 'bucket', 'ownershipControls', getBucketOwnershipControls],
  ['PUT', 'bucket', 'ownershipControls', putBucketOwnershipControls],
  ['DELETE', 'bucket', 'ownershipControls', deleteBucketOwnershipControls],

  ['PUT', 'object', '', putObject],
  ['PUT', 'object', 'copy', copyObject],
  ['GET', 'object', '', getObject],
  ['HEAD', 'object', '', headObject],
  ['DELETE', 'object', '', deleteObject],
  ['GET', 'object', 'attributes', getObjectAttributes],
  ['GET', 'object', 'tagging', getObjectTagging],
  ['PUT', 'object', 'tagging', putObjectTagging],
  ['DELETE', 'object', 'tagging', deleteObjectTagging],

  ['POST', 'object', 'uploads', createMultipartUpload],
  ['PUT', 'object', 'uploadId', uploadPart],
  ['PUT', 'object', 'uploadId+copy', uploadPartCopy],
  ['POST', 'object', 'uploadId', completeMultipartUpload],
  ['DELETE', 'object', 'uploadId', abortMultipartUpload],
  ['GET', 'object', 'uploadId', listParts],

  ['GET', 'bucket', 'acl', getBucketAcl],
  ['PUT', 'bucket', 'acl', putBucketAcl],
  ['GET', 'object', 'acl', getObjectAcl],
  ['PUT', 'object', 'acl', putObjectAcl],

  // Configuration that was never set, as S3 reports it.
  ['GET', 'bucket', 'accelerate', unset.getBucketAccelerateConfiguration],
  ['GET', 'bucket', 'cors', unset.getBucketCors],
  ['GET', 'bucket', 'encryption', unset.getBucketEncryption],
  ['GET', 'bucket', 'lifecycle', unset.getBucketLifecycle],
  ['GET', 'bucket', 'logging', unset.getBucketLogging],
  ['GET', 'bucket', 'notification', unset.getBucketNotification],
  ['GET', 'bucket', 'object-lock', unset.getObjectLockConfiguration],
  ['GET', 'bucket', 'policy', unset.getBucketPolicy],
  ['GET', 'bucket', 'policyStatus', unset.getBucketPolicyStatus],
  ['GET', 'bucket', 'replication', unset.getBucketReplication],
  ['GET', 'bucket', 'requestPayment', unset.getBucketRequestPayment],
  ['GET', 'bucket', 'versioning', unset.getBucketVersioning],
  ['GET', 'bucket', 'website', unset.getBucketWebsite],
  ['DELETE', 'bucket', 'cors', unset.deleteBucketCors],
  ['DELETE', 'bucket', 'encryption', unset.deleteBucketEncryption],
  ['DELETE', 'bucket', 'lifecycle', unset.deleteBucketLifecycle],
  ['DELETE', 'bucket', 'policy', unset.deleteBucketPolicy],
  ['DELETE', 'bucket', 'replication', unset.deleteBucketReplication],
  ['DELETE', 'bucket', 'website', unset.deleteBucketWebsite],
  // What may be set to the state that holds, and to nothing else.
  ['PUT', 'bucket', 'logging', kept.putBucketLogging],
  ['PUT', 'bucket', 'notification', kept.putBucketNotification],
  ['PUT', 'bucket', 'requestPayment', kept.putBucketRequestPayment],

  ['OPTIONS', 'service', '', preflight],
  ['OPTIONS', 'bucket', '', preflight],
  ['OPTIONS', 'object', '', preflight],
];
