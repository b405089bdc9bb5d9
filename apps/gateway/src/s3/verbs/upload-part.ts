import { ChecksumAlgorithm, type UploadRecord } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import { algorithmName, writeChecksumHeaders } from '../checksum-headers.ts';
import type { RequestBody } from '../request-body.ts';
import { namedPart } from '../part-number.ts';
import { emptyReply } from '../reply.ts';
import type { ObjectVerb } from '../verb.ts';
import { MAX_PUT_BYTES } from './put-object.ts';

export const uploadPart: ObjectVerb = {
  on: 'object',
  name: 'UploadPart',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const { components, signal } = exchange;
    const { uploadId, partNumber } = namedPart(exchange);
    const upload = await components.objects.getUpload({ bucket: bucket.id, key, uploadId }, signal);
    const body = exchange.body.open(MAX_PUT_BYTES, agreedAlgorithms(exchange.body, upload));
    const part = await components.objects.putPart({ bucket: bucket.id, key, uploadId, partNumber, body }, signal);
    const headers = ['ETag', `"${part.etag}"`];
    writePartChecksums(headers, part.checksums);
    return emptyReply(headers);
  },
};

/** A part has no checksum type of its own. */
function writePartChecksums(headers: string[], checksums: Parameters<typeof writeChecksumHeaders>[1]): void {
  const all: string[] = [];
  writeChecksumHeaders(all, checksums);
  for (let i = 0; i < all.length; i += 2) if (all[i] !== 'x-amz-checksum-type') headers.push(all[i]!, all[i + 1]!);
}

/** What to compute beside the client's own checksum, which must be of the upload's algorithm. Throws InvalidRequest. */
function agreedAlgorithms(body: RequestBody, upload: UploadRecord): ChecksumAlgorithm[] {
  const expected = upload.checksumAlgorithm;
  if (expected === ChecksumAlgorithm.UNSPECIFIED) return [];
  const given = body.checksumAlgorithm();
  if (given !== undefined && given !== expected) {
    const names = { expected: algorithmName(expected).toLowerCase(), given: algorithmName(given).toLowerCase() };
    throw new S3Error('InvalidRequest', {
      message: `Checksum Type mismatch occurred, expected checksum Type: ${names.expected}, actual checksum Type: ${names.given}`,
    });
  }
  return [expected];
}
