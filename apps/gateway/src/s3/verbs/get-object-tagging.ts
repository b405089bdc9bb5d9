import { checkVersionId } from '../exchange.ts';
import { xmlReply } from '../reply.ts';
import { tagging } from '../tags.ts';
import type { ObjectVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const getObjectTagging: ObjectVerb = {
  on: 'object',
  name: 'GetObjectTagging',
  action: 's3:GetObjectTagging',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    const record = await exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal);
    return xmlReply(document('Tagging', [tagging(record.tags)]));
  },
};
