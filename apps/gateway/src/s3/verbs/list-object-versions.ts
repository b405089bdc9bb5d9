import { S3Error } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import type { ListEntry } from '@pilvi/contracts/index/v1/service';
import type { Exchange } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { algorithmName } from '../checksum-headers.ts';
import { commonPrefixElements, commonPrefixes, echoed, listPage, listingParameters, nameEncoder } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import { document } from '../xml-document.ts';
import { ownerElement } from '../xml-owner.ts';

/** The view of an unversioned bucket: every object is the latest, and only, version of its key, `null`. */
export const listObjectVersions: BucketVerb = {
  on: 'bucket',
  name: 'ListObjectVersions',
  action: 's3:ListBucketVersions',
  run: async (exchange, bucket) => {
    const { query } = exchange;
    const parameters = listingParameters(exchange);
    const keyMarker = query.get('key-marker') ?? '';
    const versionIdMarker = query.get('version-id-marker') ?? '';
    if (keyMarker === '' && versionIdMarker !== '') {
      throw new S3Error('InvalidArgument', {
        message: 'A version-id marker cannot be specified without a key marker.',
        fields: { ArgumentName: 'version-id-marker', ArgumentValue: versionIdMarker },
      });
    }
    const { entries, truncated } = await listPage(exchange, bucket, parameters, keyMarker);
    const encode = nameEncoder(parameters.urlEncoding);
    const last = truncated ? entries.at(-1) : undefined;
    return xmlReply(
      document('ListVersionsResult', [
        ['Name', bucket.name],
        ['Prefix', encode(parameters.prefix)],
        ['KeyMarker', encode(keyMarker)],
        ['VersionIdMarker', versionIdMarker],
        last === undefined ? undefined : ['NextKeyMarker', encode(last.key)],
        last === undefined || last.commonPrefix ? undefined : ['NextVersionIdMarker', 'null'],
        ['MaxKeys', parameters.maxKeys],
        echoed('Delimiter', encode(parameters.delimiter)),
        parameters.urlEncoding ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', truncated],
        ...entries.map((entry) => versionElement(exchange, entry, encode)),
        ...commonPrefixElements(commonPrefixes(entries), encode),
      ]),
    );
  },
};

function versionElement(exchange: Exchange, { key, record }: ListEntry, encode: (name: string) => string): XmlElement | undefined {
  if (record === undefined) return undefined;
  return [
    'Version',
    [
      ['Key', encode(key)],
      ['VersionId', 'null'],
      ['IsLatest', true],
      ['LastModified', xmlDate(record.modifiedMs)],
      ['ETag', `"${record.etag}"`],
      ...record.checksums.map((c): XmlElement => ['ChecksumAlgorithm', algorithmName(c.algorithm)]),
      ['Size', record.sizeBytes],
      ownerElement(exchange, record.ownerId),
      ['StorageClass', 'STANDARD'],
    ],
  ];
}
