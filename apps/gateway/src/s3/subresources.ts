import type { Target } from './routes.ts';

/**
 * Every query parameter that S3 takes as the name of a sub-resource. One that `routes.ts` has no verb for gets
 * NotImplemented, so that no request for configuration is mistaken for one on the bucket or the object itself.
 * Source: the request syntax of every operation in the S3 API reference.
 */
export const SUBRESOURCES: Readonly<Record<Target, ReadonlySet<string>>> = {
  service: new Set(),
  bucket: new Set([
    'abac',
    'accelerate',
    'acl',
    'analytics',
    'cors',
    'delete',
    'encryption',
    'intelligent-tiering',
    'inventory',
    'lifecycle',
    'list-type',
    'location',
    'logging',
    'metadataConfiguration',
    'metadataInventoryTable',
    'metadataJournalTable',
    'metadataTable',
    'metrics',
    'notification',
    'object-lock',
    'ownershipControls',
    'policy',
    'policyStatus',
    'publicAccessBlock',
    'replication',
    'requestPayment',
    'session',
    'tagging',
    'uploads',
    'versioning',
    'versions',
    'website',
  ]),
  object: new Set([
    'acl',
    'annotation',
    'attributes',
    'encryption',
    'legal-hold',
    'renameObject',
    'restore',
    'retention',
    'select',
    'tagging',
    'torrent',
    'uploadId',
    'uploads',
  ]),
};
