import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import type { XmlElement } from '@pilvi/xml';
import { checksumElements } from '../checksum-headers.ts';
import { checkVersionId, type Exchange } from '../exchange.ts';
import { httpDate } from '../http-date.ts';
import { MAX_PAGE } from '../listing.ts';
import { xmlReply } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
type Attribute = (typeof ATTRIBUTES)[number];

export const getObjectAttributes: ObjectVerb = {
  on: 'object',
  name: 'GetObjectAttributes',
  action: 's3:GetObjectAttributes',
  run: async (exchange, bucket, key) => {
    checkVersionId(exchange.query.get('versionId'));
    const asked = askedAttributes(exchange.headers['x-amz-object-attributes']);
    const page = {
      after: integerHeader(exchange, 'x-amz-part-number-marker', 0),
      limit: Math.min(MAX_PAGE, integerHeader(exchange, 'x-amz-max-parts', MAX_PAGE)),
    };
    const record = await exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal);
    const elements = ATTRIBUTES.filter((attribute) => asked.has(attribute)).map((attribute) => attributeElement(attribute, record, page));
    return xmlReply(document('GetObjectAttributesResponse', elements), ['Last-Modified', httpDate(record.modifiedMs)]);
  },
};

function askedAttributes(header: string | undefined): ReadonlySet<string> {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0 || names.some((name) => !(ATTRIBUTES as readonly string[]).includes(name))) {
    throw new S3Error('InvalidArgument', {
      message: 'Invalid attribute name specified.',
      fields: { ArgumentName: 'x-amz-object-attributes', ArgumentValue: header ?? '' },
    });
  }
  return new Set(names);
}

function integerHeader(exchange: Exchange, name: string, fallback: number): number {
  const text = exchange.headers[name];
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', {
    message: `Provided ${name} not an integer or within integer range`,
    fields: { ArgumentName: name, ArgumentValue: text },
  });
}

/** Undefined for what the object does not have. The ETag stands without quotes here, and only here. */
function attributeElement(attribute: Attribute, record: ObjectRecord, page: { after: number; limit: number }): XmlElement | undefined {
  switch (attribute) {
    case 'ETag':
      return ['ETag', record.etag];
    case 'Checksum':
      return record.checksums.length === 0 ? undefined : ['Checksum', checksumElements(record.checksums)];
    case 'ObjectParts':
      return record.parts.length === 0 ? undefined : partsElement(record, page);
    case 'StorageClass':
      return ['StorageClass', 'STANDARD'];
    case 'ObjectSize':
      return ['ObjectSize', record.sizeBytes];
    default:
      return attribute satisfies never;
  }
}

function partsElement(record: ObjectRecord, { after, limit }: { after: number; limit: number }): XmlElement {
  const following = record.parts.filter((part) => part.number > after);
  const shown = following.slice(0, limit);
  return [
    'ObjectParts',
    [
      ['PartsCount', record.parts.length],
      ['PartNumberMarker', after],
      ['NextPartNumberMarker', shown.at(-1)?.number ?? 0],
      ['MaxParts', limit],
      ['IsTruncated', following.length > shown.length],
      ...shown.map((part): XmlElement => [
        'Part',
        [['PartNumber', part.number], ['Size', part.sizeBytes], ...checksumElements(part.checksums, false)],
      ]),
    ],
  ];
}
