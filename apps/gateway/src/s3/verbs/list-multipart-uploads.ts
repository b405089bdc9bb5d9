import type { UploadEntry } from '@pilvi/contracts/index/v1/service';
import { algorithmName } from '../checksum-headers.ts';
import type { Exchange } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { commonPrefixElements, echoed, listingParameters, nameEncoder } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { BucketVerb } from '../verb.ts';
import type { XmlElement } from '@pilvi/xml';
import { document } from '../xml-document.ts';
import { ownerElement } from '../xml-owner.ts';

export const listMultipartUploads: BucketVerb = {
  on: 'bucket',
  name: 'ListMultipartUploads',
  action: 's3:ListBucketMultipartUploads',
  run: async (exchange, bucket) => {
    const { query } = exchange;
    const { prefix, delimiter, maxKeys, urlEncoding } = listingParameters(exchange, 'max-uploads');
    const keyMarker = query.get('key-marker') ?? '';
    // S3 ignores an upload-id-marker that comes without a key-marker.
    const uploadIdMarker = keyMarker === '' ? '' : (query.get('upload-id-marker') ?? '');
    const asked = { bucket: bucket.id, prefix, delimiter, keyMarker, uploadIdMarker, limit: maxKeys };
    const page = maxKeys === 0 ? { entries: [], truncated: false } : await exchange.components.objects.listUploads(asked, exchange.signal);
    const encode = nameEncoder(urlEncoding);
    const last = page.truncated ? page.entries.at(-1) : undefined;
    return xmlReply(
      document('ListMultipartUploadsResult', [
        ['Bucket', bucket.name],
        ['KeyMarker', encode(keyMarker)],
        ['UploadIdMarker', uploadIdMarker],
        last === undefined ? undefined : ['NextKeyMarker', encode(last.upload?.key ?? last.commonPrefix)],
        last === undefined ? undefined : ['NextUploadIdMarker', last.upload?.uploadId ?? ''],
        echoed('Prefix', encode(prefix)),
        echoed('Delimiter', encode(delimiter)),
        ['MaxUploads', maxKeys],
        urlEncoding ? ['EncodingType', 'url'] : undefined,
        ['IsTruncated', page.truncated],
        ...page.entries.map((entry) => uploadElement(exchange, entry, encode)),
        ...commonPrefixElements(
          page.entries.flatMap((entry) => (entry.upload === undefined ? [entry.commonPrefix] : [])),
          encode,
        ),
      ]),
    );
  },
};

function uploadElement(exchange: Exchange, { upload }: UploadEntry, encode: (name: string) => string): XmlElement | undefined {
  if (upload === undefined) return undefined;
  const algorithm = algorithmName(upload.checksumAlgorithm);
  return [
    'Upload',
    [
      ['Key', encode(upload.key)],
      ['UploadId', upload.uploadId],
      ownerElement(exchange, upload.ownerId, 'Initiator'),
      ownerElement(exchange, upload.ownerId),
      ['StorageClass', 'STANDARD'],
      ['Initiated', xmlDate(upload.initiatedMs)],
      echoed('ChecksumAlgorithm', algorithm),
      algorithm === '' ? undefined : ['ChecksumType', upload.checksumComposite ? 'COMPOSITE' : 'FULL_OBJECT'],
    ],
  ];
}
