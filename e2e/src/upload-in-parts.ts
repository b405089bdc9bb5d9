import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';

/** The least that S3 allows but for the last part. */
const PART_BYTES = 5 * 1024 * 1024;

export async function uploadInParts(client: S3Client, { bucket, key, body }: { bucket: string; key: string; body: Buffer }): Promise<void> {
  const target = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const Parts = [];
  for (let PartNumber = 1; (PartNumber - 1) * PART_BYTES < body.length; PartNumber++) {
    const Body = body.subarray((PartNumber - 1) * PART_BYTES, PartNumber * PART_BYTES);
    const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
    Parts.push({ ETag, PartNumber });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
}
