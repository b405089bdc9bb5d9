import type { Bucket, FoundObject } from '@pilvi/object-store';
import { S3Error } from '@pilvi/s3-protocol';
import { checkExpectedOwner, checkVersionId, type Exchange, findBucket, requirePermission } from './exchange.ts';
import { checkCopyConditions } from './read-conditions.ts';
import { decode, parseQuery } from './request-target.ts';

export interface CopySource {
  readonly bucket: Bucket;
  readonly key: string;
  readonly found: FoundObject;
}

/** Source: "Copying an object": one copy takes at most 5 GiB. */
export const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** The object that x-amz-copy-source names, if the caller may read it and the copy conditions hold. */
export async function openCopySource(exchange: Exchange): Promise<CopySource> {
  const { components, headers, signal } = exchange;
  const { bucketName, key, versionId } = parseCopySource(headers['x-amz-copy-source'] ?? '');
  const bucket = await findBucket(components, bucketName, signal);
  checkExpectedOwner(exchange, 'x-amz-source-expected-bucket-owner', bucket);
  requirePermission(exchange, 's3:GetObject', { bucket, key });
  checkVersionId(versionId);
  const found = await components.objects.getObject({ bucket: bucket.id, key }, signal);
  checkCopyConditions(headers, found.record);
  return { bucket, key, found };
}

/** `/bucket/key?versionId=...`, URL-encoded, the first slash optional. Throws InvalidArgument. */
export function parseCopySource(header: string): { bucketName: string; key: string; versionId: string | undefined } {
  if (header.startsWith('arn:')) throw new S3Error('NotImplemented', { message: 'Access points are not implemented' });
  const mark = header.lastIndexOf('?versionId=');
  const path = mark === -1 ? header : header.slice(0, mark);
  const versionId = mark === -1 ? undefined : parseQuery(header.slice(mark + 1)).get('versionId');
  const decoded = decode(path);
  const plain = decoded.startsWith('/') ? decoded.slice(1) : decoded;
  const slash = plain.indexOf('/');
  if (slash <= 0 || slash === plain.length - 1) {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      fields: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  }
  return { bucketName: plain.slice(0, slash), key: plain.slice(slash + 1), versionId };
}
