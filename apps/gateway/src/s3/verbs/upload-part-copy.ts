import { ChecksumAlgorithm } from '@pilvi/contracts/index/v1/record';
import type { Bucket } from '@pilvi/object-store';
import { S3Error } from '@pilvi/s3-protocol';
import { type ByteRange, parseCopyRange } from '../byte-range.ts';
import { checksumElements } from '../checksum-headers.ts';
import { computedBody } from '../computed-body.ts';
import { type CopySource, MAX_COPY_BYTES, openCopySource } from '../copy-source.ts';
import type { Exchange } from '../exchange.ts';
import { xmlDate } from '../http-date.ts';
import { namedPart } from '../part-number.ts';
import type { SlowResult } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const uploadPartCopy: ObjectVerb = {
  on: 'object',
  name: 'UploadPartCopy',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const { uploadId, partNumber } = namedPart(exchange);
    const upload = await exchange.components.objects.getUpload({ bucket: bucket.id, key, uploadId }, exchange.signal);
    const source = await openCopySource(exchange);
    const range = parseCopyRange(exchange.headers['x-amz-copy-source-range'], Number(source.found.record.sizeBytes));
    if (range.endExclusive - range.start > MAX_COPY_BYTES)
      throw new S3Error('InvalidRequest', { message: 'The specified copy range is larger than the maximum allowable size for a part' });
    const algorithms = upload.checksumAlgorithm === ChecksumAlgorithm.UNSPECIFIED ? [] : [upload.checksumAlgorithm];
    return { kind: 'slow', work: copyPart(exchange, source, { bucket, key, uploadId, partNumber, range, algorithms }) };
  },
};

interface PartTarget {
  readonly bucket: Bucket;
  readonly key: string;
  readonly uploadId: string;
  readonly partNumber: number;
  readonly range: ByteRange;
  readonly algorithms: ChecksumAlgorithm[];
}

async function copyPart(exchange: Exchange, source: CopySource, target: PartTarget): Promise<SlowResult> {
  const { bucket, key, uploadId, partNumber, range, algorithms } = target;
  const body = computedBody(
    source.found.open(range.start, range.endExclusive, exchange.signal),
    range.endExclusive - range.start,
    algorithms,
  );
  const part = await exchange.components.objects.putPart({ bucket: bucket.id, key, uploadId, partNumber, body }, exchange.signal);
  return {
    headers: [],
    document: document('CopyPartResult', [
      ['LastModified', xmlDate(part.modifiedMs)],
      ['ETag', `"${part.etag}"`],
      ...checksumElements(part.checksums, false),
    ]),
  };
}
