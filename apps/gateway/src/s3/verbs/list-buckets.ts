import { S3Error } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import { callerAccount, integerParameter } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { echoed } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { ServiceVerb } from '../verb.ts';
import { document } from '../xml-document.ts';
import { ownerElement } from '../xml-owner.ts';
import { decodeToken, encodeToken } from './list-objects-v2.ts';

const MAX_BUCKETS = 10_000;

export const listBuckets: ServiceVerb = {
  on: 'service',
  name: 'ListBuckets',
  action: 's3:ListAllMyBuckets',
  run: async (exchange) => {
    const { query, components } = exchange;
    const account = callerAccount(exchange);
    const prefix = query.get('prefix') ?? '';
    const token = query.get('continuation-token');
    const limit = integerParameter(exchange, 'max-buckets', { fallback: MAX_BUCKETS, min: 1, max: MAX_BUCKETS });
    const region = query.get('bucket-region');
    if (region !== undefined && region !== components.region) {
      throw new S3Error('InvalidArgument', {
        message: `Argument value ${region} is not a valid AWS Region`,
        fields: { ArgumentName: 'bucket-region' },
      });
    }
    const page = await components.buckets.list(
      { prefix, startAfter: token === undefined ? '' : decodeToken(token), limit },
      exchange.signal,
    );
    const last = page.truncated ? page.buckets.at(-1) : undefined;
    const paged = query.has('max-buckets') || token !== undefined;
    const buckets = page.buckets
      .filter((bucket) => bucket.ownerId === account.canonicalId)
      .map((bucket): XmlElement => [
        'Bucket',
        [
          ['Name', bucket.name],
          ['CreationDate', xmlDate(bucket.createdMs)],
          paged ? ['BucketRegion', bucket.region] : undefined,
          ['BucketArn', `arn:aws:s3:::${bucket.name}`],
        ],
      ]);
    return xmlReply(
      document('ListAllMyBucketsResult', [
        ownerElement(exchange, account.canonicalId),
        ['Buckets', buckets],
        last === undefined ? undefined : ['ContinuationToken', encodeToken(last.name)],
        echoed('Prefix', prefix),
      ]),
    );
  },
};
