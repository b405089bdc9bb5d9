import { notImplementedHeader } from '../refused-headers.ts';
import { noContent } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';

export const abortMultipartUpload: ObjectVerb = {
  on: 'object',
  name: 'AbortMultipartUpload',
  action: 's3:AbortMultipartUpload',
  run: async (exchange, bucket, key) => {
    if (exchange.headers['x-amz-if-match-initiated-time'] !== undefined) throw notImplementedHeader('x-amz-if-match-initiated-time');
    await exchange.components.objects.abortUpload(
      { bucket: bucket.id, key, uploadId: exchange.query.get('uploadId') ?? '' },
      exchange.signal,
    );
    return noContent();
  },
};
