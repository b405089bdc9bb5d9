import type { PutPart } from '@pilvi/contracts/index/v1/command';
import type { Checksum, Layout, PartRecord } from '@pilvi/contracts/index/v1/record';
import { collect } from './cut-chunks.ts';
import { answered } from './index-answer.ts';
import type { ObjectStore } from './object-store.ts';
import { uploadChunks } from './upload-chunks.ts';
import type { UploadComponents } from './upload-chunks.ts';

type PutPartInput = Parameters<ObjectStore['putPart']>[0];

const NOTHING = Buffer.alloc(0);

/** Stores one part of a multipart upload: always in chunks, so that completing the upload only joins extents; a part without bytes has none. */
export async function putPart(components: UploadComponents, input: PutPartInput, signal?: AbortSignal): Promise<PartRecord> {
  const { index } = components;
  const { bucket, key, body } = input;
  const partition = index.partitionOf(bucket, key);
  if (body.sizeBytes === 0) {
    await collect(body.bytes, 0);
    const layout: Layout = { kind: { $case: 'inline', value: { crc32: 0 } } };
    const value = command(input, { layout, ...body.finish() }, NOTHING);
    return answered(await index.execute(partition, { op: { $case: 'putPart', value } }, signal), 'part');
  }
  const result = await uploadChunks(components, { partition, bucket, key, signal }, body, ({ extent, intentId, ...digests }) => {
    const layout: Layout = { kind: { $case: 'chunked', value: { extents: [extent] } } };
    return { op: { $case: 'putPart', value: command(input, { layout, ...digests }, intentId) } };
  });
  return answered(result, 'part');
}

function command(input: PutPartInput, stored: { layout: Layout; etag: string; checksums: Checksum[] }, intentId: Buffer): PutPart {
  const part: PartRecord = { number: input.partNumber, sizeBytes: BigInt(input.body.sizeBytes), modifiedMs: 0n, ...stored };
  return { bucketId: input.bucket, key: input.key, uploadId: input.uploadId, part, intentId };
}
