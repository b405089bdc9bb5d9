import { commonPrefixElements, commonPrefixes, contentsElement, echoed, listPage, listingParameters, nameEncoder } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

/** Version 1 of the listing: NextMarker is given only with a delimiter, as the last Key serves otherwise. */
export const listObjects: BucketVerb = {
  on: 'bucket',
  name: 'ListObjects',
  action: 's3:ListBucket',
  run: async (exchange, bucket) => {
    const parameters = listingParameters(exchange);
    const marker = exchange.query.get('marker') ?? '';
    const { entries, truncated } = await listPage(exchange, bucket, parameters, marker);
    const encode = nameEncoder(parameters.urlEncoding);
    const last = entries.at(-1)?.key;
    return xmlReply(
      document('ListBucketResult', [
        ['Name', bucket.name],
        // Never encoded here, unlike in version 2: SDKs do not decode it.
        ['Prefix', parameters.prefix],
        ['Marker', encode(marker)],
        truncated && parameters.delimiter !== '' && last !== undefined ? ['NextMarker', encode(last)] : undefined,
        ['MaxKeys', parameters.maxKeys],
        echoed('Delimiter', encode(parameters.delimiter)),
        parameters.urlEncoding ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', truncated],
        ...entries.map((entry) => contentsElement(exchange, entry, { encode, owner: true })),
        ...commonPrefixElements(commonPrefixes(entries), encode),
      ]),
    );
  },
};
