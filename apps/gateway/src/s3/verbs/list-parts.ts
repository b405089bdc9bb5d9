import type { PartRecord } from '@pilvi/contracts/index/v1/record';
import { algorithmName, checksumElements } from '../checksum-headers.ts';
import { integerParameter } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { echoed, MAX_PAGE, nameEncoder, wantsUrlEncoding } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';
import type { XmlElement } from '@pilvi/xml';
import { document } from '../xml-document.ts';
import { ownerElement } from '../xml-owner.ts';

export const listParts: ObjectVerb = {
  on: 'object',
  name: 'ListParts',
  action: 's3:ListMultipartUploadParts',
  run: async (exchange, bucket, key) => {
    const uploadId = exchange.query.get('uploadId') ?? '';
    const afterNumber = integerParameter(exchange, 'part-number-marker', { fallback: 0, min: 0, max: 2 ** 31 - 1 });
    const limit = Math.min(MAX_PAGE, integerParameter(exchange, 'max-parts', { fallback: MAX_PAGE, min: 0, max: 2 ** 31 - 1 }));
    const input = { bucket: bucket.id, key, uploadId, afterNumber, limit: Math.max(1, limit) };
    const page = await exchange.components.objects.listParts(input, exchange.signal);
    const parts = limit === 0 ? [] : page.parts;
    const truncated = limit === 0 ? false : page.truncated;
    const algorithm = algorithmName(page.upload.checksumAlgorithm);
    return xmlReply(
      document('ListPartsResult', [
        ['Bucket', bucket.name],
        ['Key', nameEncoder(wantsUrlEncoding(exchange))(key)],
        ['UploadId', uploadId],
        ownerElement(exchange, page.upload.ownerId, 'Initiator'),
        ownerElement(exchange, page.upload.ownerId),
        ['StorageClass', 'STANDARD'],
        echoed('ChecksumAlgorithm', algorithm),
        algorithm === '' ? undefined : ['ChecksumType', page.upload.checksumComposite ? 'COMPOSITE' : 'FULL_OBJECT'],
        ['PartNumberMarker', afterNumber],
        // Of a truncated page alone, as documented: S3 itself always gives it, and paginators that go by it never end there.
        truncated ? ['NextPartNumberMarker', parts.at(-1)?.number ?? 0] : undefined,
        ['MaxParts', limit],
        ['IsTruncated', truncated],
        ...parts.map(partElement),
      ]),
    );
  },
};

function partElement(part: PartRecord): XmlElement {
  return [
    'Part',
    [
      ['PartNumber', part.number],
      ['LastModified', xmlDate(part.modifiedMs)],
      ['ETag', `"${part.etag}"`],
      ['Size', part.sizeBytes],
      ...checksumElements(part.checksums, false),
    ],
  ];
}
