import { createHash } from 'node:crypto';
import type { CompletedPart } from '@pilvi/contracts/index/v1/command';
import type { Checksum, ObjectRecord } from '@pilvi/contracts/index/v1/record';
import type { Bucket } from '@pilvi/object-store';
import { childrenOf, parseXml, S3Error, textOf, type XmlNode } from '@pilvi/s3-protocol';
import { CHECKSUMS, checksumElements } from '../checksum-headers.ts';
import { storeFailure } from '../error-table.ts';
import type { Exchange } from '../exchange.ts';
import { encodeName } from '../listing.ts';
import { MAX_PARTS } from '../part-number.ts';
import { unquoted } from '../read-conditions.ts';
import type { SlowResult } from '../reply.ts';
import type { RequestHeaders } from '../request-headers.ts';
import type { ObjectVerb } from '../verb.ts';
import { underCondition, writeCondition } from '../write-conditions.ts';
import { document } from '../xml-document.ts';

/** Ten thousand parts with an ETag and a checksum each. */
const MAX_DOCUMENT_BYTES = 8 * 1024 ** 2;
/** Every part but the last. Source: "Amazon S3 multipart upload limits". */
const MIN_PART_BYTES = 5 * 1024 ** 2;

export const completeMultipartUpload: ObjectVerb = {
  on: 'object',
  name: 'CompleteMultipartUpload',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const request = parseXml(await exchange.body.readDocumentAboutObject(MAX_DOCUMENT_BYTES), 'CompleteMultipartUpload');
    const parts = childrenOf(request, 'Part').map(completedPart);
    if (parts.length === 0 || parts.length > MAX_PARTS) throw new S3Error('MalformedXML');
    checkOrder(parts);
    return { kind: 'slow', work: complete(exchange, bucket, key, parts) };
  },
};

async function complete(exchange: Exchange, bucket: Bucket, key: string, parts: CompletedPart[]): Promise<SlowResult> {
  const record = await commit(exchange, bucket, key, parts);
  const scheme = exchange.request.socket && 'encrypted' in exchange.request.socket ? 'https' : 'http';
  const host = exchange.headers['host'] ?? '';
  return {
    headers: [],
    document: document('CompleteMultipartUploadResult', [
      ['Location', `${scheme}://${host}/${bucket.name}/${encodeName(key)}`],
      ['Bucket', bucket.name],
      ['Key', key],
      ['ETag', `"${record.etag}"`],
      ...checksumElements(record.checksums),
    ]),
  };
}

async function commit(exchange: Exchange, bucket: Bucket, key: string, parts: CompletedPart[]): Promise<ObjectRecord> {
  const { headers, query, components, signal } = exchange;
  const condition = writeCondition(headers);
  await checkType(exchange, bucket, key);
  const input = {
    bucket: bucket.id,
    key,
    uploadId: query.get('uploadId') ?? '',
    parts,
    condition,
    minPartSizeBytes: MIN_PART_BYTES,
    expectedChecksums: expectedChecksums(headers),
    expectedSizeBytes: expectedSize(headers['x-amz-mp-object-size']),
  };
  try {
    return await underCondition(condition, components.objects.completeUpload(input, signal));
  } catch (error) {
    if (storeFailure(error)?.code === 'bad-digest') throw asClaimed(headers, error);
    if (storeFailure(error)?.code !== 'no-such-upload') throw error;
    // A client that lost the answer asks again: if the object is what this upload would have made, it has succeeded.
    const present = await components.objects.headObject({ bucket: bucket.id, key }, signal).catch(() => undefined);
    if (present?.etag !== multipartEtag(parts)) throw error;
    return present;
  }
}

function completedPart(part: XmlNode): CompletedPart {
  const number = textOf(part, 'PartNumber') ?? '';
  const etag = textOf(part, 'ETag');
  if (!/^\d{1,9}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
  if (Number(number) < 1 || Number(number) > MAX_PARTS) {
    throw new S3Error('InvalidArgument', {
      message: `PartNumber must be >= 1 and <= ${MAX_PARTS}`,
      fields: { ArgumentName: 'PartNumber', ArgumentValue: number },
    });
  }
  const checksums = CHECKSUMS.flatMap(({ id, element }): Checksum[] => {
    const value = textOf(part, element);
    return value === undefined ? [] : [{ algorithm: id, value, composite: false }];
  });
  return { number: Number(number), etag: unquoted(etag.trim()), checksums };
}

function checkOrder(parts: readonly CompletedPart[]): void {
  for (let i = 1; i < parts.length; i++) {
    if (parts[i]!.number <= parts[i - 1]!.number) throw new S3Error('InvalidPartOrder');
  }
}

/** The checksums of the whole object that the client claims, by header. A composite one ends in `-<parts>`. */
function expectedChecksums(headers: RequestHeaders): Checksum[] {
  const composite = headers['x-amz-checksum-type']?.toUpperCase() !== 'FULL_OBJECT';
  return CHECKSUMS.flatMap(({ id, header }): Checksum[] => {
    const value = headers[header];
    return value === undefined ? [] : [{ algorithm: id, value, composite: composite && value.includes('-') }];
  });
}

function expectedSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new S3Error('InvalidRequest', { message: 'The provided x-amz-mp-object-size header is not a number of bytes' });
  return Number(text);
}

/** The type named, if one is, must be the upload's. Throws InvalidRequest. */
async function checkType({ headers, query, components, signal }: Exchange, bucket: Bucket, key: string): Promise<void> {
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (type === undefined) return;
  if (type !== 'COMPOSITE' && type !== 'FULL_OBJECT')
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' });
  const named = { bucket: bucket.id, key, uploadId: query.get('uploadId') ?? '' };
  const upload = await components.objects.getUpload(named, signal).catch(() => undefined); // the completion itself tells why
  if (upload === undefined || upload.checksumComposite === (type === 'COMPOSITE')) return;
  throw new S3Error('InvalidRequest', {
    message: `The upload was created using the ${upload.checksumComposite ? 'COMPOSITE' : 'FULL_OBJECT'} checksum mode. The complete request must use the same checksum mode.`,
  });
}

/** Which of the client's claims about the whole was wrong. */
function asClaimed(headers: RequestHeaders, cause: unknown): S3Error {
  const claimed = CHECKSUMS.find(({ header }) => headers[header] !== undefined);
  if (claimed !== undefined)
    return new S3Error('BadDigest', { message: `The ${claimed.algorithm} you specified did not match the calculated checksum.`, cause });
  return new S3Error('InvalidRequest', {
    message: "The provided 'x-amz-mp-object-size' header does not match what was computed",
    cause,
  });
}

/** MD5 of the parts' MD5s, and how many they are. */
function multipartEtag(parts: readonly CompletedPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}
