import { S3Error } from '@pilvi/s3-protocol';
import type { Exchange } from '../exchange.ts';
import { commonPrefixElements, commonPrefixes, contentsElement, echoed, listPage, listingParameters, nameEncoder } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const listObjectsV2: BucketVerb = {
  on: 'bucket',
  name: 'ListObjectsV2',
  action: 's3:ListBucket',
  run: async (exchange, bucket) => {
    const { query } = exchange;
    if (query.get('list-type') !== '2')
      throw new S3Error('InvalidArgument', { message: 'Invalid list type', fields: { ArgumentName: 'list-type' } });
    const parameters = listingParameters(exchange);
    const token = query.get('continuation-token');
    const { entries, truncated } = await listPage(exchange, bucket, parameters, startOf(exchange));
    const encode = nameEncoder(parameters.urlEncoding);
    const last = entries.at(-1)?.key;
    return xmlReply(
      document('ListBucketResult', [
        ['Name', bucket.name],
        ['Prefix', encode(parameters.prefix)],
        echoed('StartAfter', encode(query.get('start-after') ?? '')),
        token === undefined ? undefined : ['ContinuationToken', token],
        truncated && last !== undefined ? ['NextContinuationToken', encodeToken(last)] : undefined,
        ['KeyCount', entries.length],
        ['MaxKeys', parameters.maxKeys],
        echoed('Delimiter', encode(parameters.delimiter)),
        parameters.urlEncoding ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', truncated],
        ...entries.map((entry) => contentsElement(exchange, entry, { encode, owner: query.get('fetch-owner') === 'true' })),
        ...commonPrefixElements(commonPrefixes(entries), encode),
      ]),
    );
  },
};

/** A continuation token outweighs start-after; an empty one is none. */
function startOf(exchange: Exchange): string {
  const token = exchange.query.get('continuation-token');
  return token === undefined || token === '' ? (exchange.query.get('start-after') ?? '') : decodeToken(token);
}

/** Opaque to clients: the last key or common prefix of the page before. */
export function encodeToken(last: string): string {
  return Buffer.from(`1${last}`).toString('base64url');
}

export function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('1')) {
    throw new S3Error('InvalidArgument', {
      message: 'The continuation token provided is incorrect',
      fields: { ArgumentName: 'continuation-token', ArgumentValue: token },
    });
  }
  return text.slice(1);
}
