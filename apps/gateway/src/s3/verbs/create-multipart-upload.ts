import { ChecksumAlgorithm } from '@pilvi/contracts/index/v1/record';
import { S3Error } from '@pilvi/s3-protocol';
import { algorithmName, parseAlgorithm } from '../checksum-headers.ts';
import { requirePermission } from '../exchange.ts';
import { readMetadata } from '../object-metadata.ts';
import { type HeaderList, xmlReply } from '../reply.ts';
import { parseTagHeader } from '../tags.ts';
import type { ObjectVerb } from '../verb.ts';
import { document } from '../xml-document.ts';

export const createMultipartUpload: ObjectVerb = {
  on: 'object',
  name: 'CreateMultipartUpload',
  action: 's3:PutObject',
  run: async (exchange, bucket, key) => {
    const { headers, components } = exchange;
    const tags = parseTagHeader(headers['x-amz-tagging']);
    if (tags.length > 0) requirePermission(exchange, 's3:PutObjectTagging', { bucket, key });
    const { algorithm, composite } = askedChecksum(headers['x-amz-checksum-algorithm'], headers['x-amz-checksum-type']);
    const upload = {
      metadata: readMetadata(headers),
      tags,
      checksumAlgorithm: algorithm,
      checksumComposite: composite,
      ownerId: bucket.ownerId,
    };
    const made = await components.objects.createUpload({ bucket: bucket.id, key, upload }, exchange.signal);
    const replyHeaders: HeaderList = [];
    if (algorithm !== ChecksumAlgorithm.UNSPECIFIED) {
      replyHeaders.push(
        'x-amz-checksum-algorithm',
        algorithmName(algorithm),
        'x-amz-checksum-type',
        composite ? 'COMPOSITE' : 'FULL_OBJECT',
      );
    }
    return xmlReply(
      document('InitiateMultipartUploadResult', [
        ['Bucket', bucket.name],
        ['Key', key],
        ['UploadId', made.uploadId],
      ]),
      replyHeaders,
    );
  },
};

/** Source: "Checking object integrity" in the S3 user guide: which algorithm knows which type, and which is its default. */
function askedChecksum(
  algorithmText: string | undefined,
  typeText: string | undefined,
): { algorithm: ChecksumAlgorithm; composite: boolean } {
  const algorithm = parseAlgorithm(algorithmText) ?? ChecksumAlgorithm.UNSPECIFIED;
  const type = typeText?.toUpperCase();
  if (type !== undefined && type !== 'COMPOSITE' && type !== 'FULL_OBJECT')
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' });
  if (algorithm === ChecksumAlgorithm.UNSPECIFIED) {
    if (type === undefined) return { algorithm, composite: false };
    throw new S3Error('InvalidRequest', {
      message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    });
  }
  const composite = type === undefined ? algorithm !== ChecksumAlgorithm.CRC64NVME : type === 'COMPOSITE';
  const impossible = composite
    ? algorithm === ChecksumAlgorithm.CRC64NVME
    : algorithm === ChecksumAlgorithm.SHA1 || algorithm === ChecksumAlgorithm.SHA256;
  if (impossible) {
    throw new S3Error('InvalidRequest', {
      message: `The ${composite ? 'COMPOSITE' : 'FULL_OBJECT'} checksum type cannot be used with the ${algorithmName(algorithm).toLowerCase()} checksum algorithm.`,
    });
  }
  return { algorithm, composite };
}
