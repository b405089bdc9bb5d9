import { S3Error } from '@pilvi/s3-protocol';
import { writeChecksumHeaders } from '../checksum-headers.ts';
import { requirePermission } from '../exchange.ts';
import { readMetadata } from '../object-metadata.ts';
import { emptyReply } from '../reply.ts';
import { parseTagHeader } from '../tags.ts';
import type { ObjectVerb } from '../verb.ts';
import { underCondition, writeCondition } from '../write-conditions.ts';

/** Source: "Uploading objects": one PUT carries at most 5 GiB. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

export const putObject: ObjectVerb = {
  on: 'object',
  name: 'PutObject',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const { headers, components, signal } = exchange;
    if (exchange.query.has('partNumber')) {
      // Stored as a whole object it would destroy what the client means to add to.
      throw new S3Error('InvalidArgument', {
        message: 'This operation does not accept a partNumber without an uploadId',
        fields: { ArgumentName: 'partNumber' },
      });
    }
    const tags = parseTagHeader(headers['x-amz-tagging']);
    if (tags.length > 0) requirePermission(exchange, 's3:PutObjectTagging', { bucket, key });
    const condition = writeCondition(headers);
    const metadata = readMetadata(headers);
    const body = exchange.body.open(MAX_PUT_BYTES);
    const input = { bucket: bucket.id, key, body, metadata, tags, ownerId: bucket.ownerId, condition };
    const record = await underCondition(condition, components.objects.putObject(input, signal));
    const replyHeaders = ['ETag', `"${record.etag}"`];
    writeChecksumHeaders(replyHeaders, record.checksums);
    return emptyReply(replyHeaders);
  },
};
