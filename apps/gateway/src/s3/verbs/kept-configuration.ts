import { parseXml, S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import type { Exchange } from '../exchange.ts';
import { emptyReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';

// Configuration that cannot be changed yet may still be "set" to what it is. Anything else gets NotImplemented.

const MAX_DOCUMENT_BYTES = 65_536;

export const putBucketRequestPayment = keeps(
  'PutBucketRequestPayment',
  's3:PutBucketRequestPayment',
  'RequestPaymentConfiguration',
  (document) => textOf(document, 'Payer') === 'BucketOwner',
);

export const putBucketLogging = keeps(
  'PutBucketLogging',
  's3:PutBucketLogging',
  'BucketLoggingStatus',
  (document) => document.children.length === 0,
);

export const putBucketNotification = keeps(
  'PutBucketNotificationConfiguration',
  's3:PutBucketNotification',
  'NotificationConfiguration',
  (document) => document.children.length === 0,
);

function keeps(name: string, action: string, root: string, isSo: (document: XmlNode) => boolean): BucketVerb {
  return { on: 'bucket', name, action, run: async (exchange) => answer(exchange, name, root, isSo) };
}

async function answer(exchange: Exchange, name: string, root: string, isSo: (document: XmlNode) => boolean): ReturnType<BucketVerb['run']> {
  const document = parseXml(await exchange.body.readDocument(MAX_DOCUMENT_BYTES), root);
  if (!isSo(document)) throw new S3Error('NotImplemented', { message: `${name} accepts only the state that holds already` });
  return emptyReply();
}
