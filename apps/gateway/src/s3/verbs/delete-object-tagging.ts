import { checkVersionId } from '../exchange.ts';
import { noContent } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';

export const deleteObjectTagging: ObjectVerb = {
  on: 'object',
  name: 'DeleteObjectTagging',
  action: 's3:DeleteObjectTagging',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    await exchange.components.objects.putObjectTags({ bucket: bucket.id, key, tags: [] }, exchange.signal);
    return noContent();
  },
};
