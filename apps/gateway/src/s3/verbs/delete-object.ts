import { checkVersionId } from '../exchange.ts';
import { deleteUnderCondition } from '../delete-under-condition.ts';
import { noContent } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';
import { deleteCondition } from '../write-conditions.ts';

export const deleteObject: ObjectVerb = {
  on: 'object',
  name: 'DeleteObject',
  action: 's3:DeleteObject',
  run: async (exchange, bucket, key) => {
    const { headers } = exchange;
    checkVersionId(exchange.query.get('versionId'));
    const condition = deleteCondition({
      etag: headers['if-match'],
      size: headers['x-amz-if-match-size'],
      modified: headers['x-amz-if-match-last-modified-time'],
    });
    await deleteUnderCondition(exchange, { bucket: bucket.id, key, condition });
    return noContent();
  },
};
