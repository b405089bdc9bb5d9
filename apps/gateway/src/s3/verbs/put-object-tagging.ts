import { parseXml, requiredChild } from '@pilvi/s3-protocol';
import { checkVersionId } from '../exchange.ts';
import { emptyReply } from '../reply.ts';
import { MAX_OBJECT_TAGS, parseTagSet } from '../tags.ts';
import type { ObjectVerb } from '../verb.ts';

const MAX_DOCUMENT_BYTES = 65_536;

export const putObjectTagging: ObjectVerb = {
  on: 'object',
  name: 'PutObjectTagging',
  action: 's3:PutObjectTagging',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    const document = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), 'Tagging');
    const tags = parseTagSet(requiredChild(document, 'TagSet'), MAX_OBJECT_TAGS);
    await exchange.components.objects.putObjectTags({ bucket: bucket.id, key, tags }, exchange.signal);
    return emptyReply();
  },
};
