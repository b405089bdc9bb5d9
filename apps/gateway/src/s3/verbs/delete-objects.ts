import type { Bucket } from '@pilvi/object-store';
import { childrenOf, parseXml, S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import { deleteUnderCondition } from '../delete-under-condition.ts';
import { toS3Error } from '../error-table.ts';
import { checkVersionId, type Exchange, requirePermission } from '../exchange.ts';
import { mapBounded } from '../map-bounded.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { deleteCondition } from '../write-conditions.ts';
import { document } from '../xml-document.ts';

const MAX_OBJECTS = 1000;
/** A thousand keys of 1,024 bytes, each byte perhaps a six-byte reference, with their conditions. */
const MAX_DOCUMENT_BYTES = 8 * 1024 ** 2;
const DELETES_AT_ONCE = 32;

export const deleteObjects: BucketVerb = {
  on: 'bucket',
  name: 'DeleteObjects',
  action: 's3:DeleteObject',
  asksPerKey: true,
  run: async (exchange, bucket) => {
    if (!exchange.body.hasDigest()) {
      throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*' });
    }
    const request = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), 'Delete');
    const named = childrenOf(request, 'Object');
    if (named.length === 0 || named.length > MAX_OBJECTS) throw new S3Error('MalformedXML');
    const quiet = textOf(request, 'Quiet')?.toLowerCase() === 'true';
    const outcomes = await mapBounded(named, DELETES_AT_ONCE, (object) => deleteOne(exchange, bucket, object));
    return xmlReply(document('DeleteResult', quiet ? outcomes.filter(([name]) => name === 'Error') : outcomes));
  },
};

/** `Deleted`, or the key's own `Error`: one that fails hinders no other. */
async function deleteOne(exchange: Exchange, bucket: Bucket, object: XmlNode): Promise<XmlElement> {
  const key = textOf(object, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  const versionId = textOf(object, 'VersionId');
  const version: XmlElement | undefined = versionId === undefined ? undefined : ['VersionId', versionId];
  try {
    checkVersionId(versionId);
    requirePermission(exchange, deleteObjects.action, { bucket, key });
    const condition = deleteCondition({
      etag: textOf(object, 'ETag'),
      size: textOf(object, 'Size'),
      modified: textOf(object, 'LastModifiedTime'),
    });
    await deleteUnderCondition(exchange, { bucket: bucket.id, key, condition });
    return ['Deleted', [['Key', key], version]];
  } catch (error) {
    const known = toS3Error(error);
    if (known.code === 'InternalError') exchange.components.log.error({ requestId: exchange.requestId, err: error }, 'delete failed');
    return ['Error', [['Key', key], version, ['Code', known.code], ['Message', known.message]]];
  }
}
