import { crc32 } from 'node:zlib';
import type { PutObject } from '@pilvi/contracts/index/v1/command';
import type { Checksum, Layout, ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { collect } from './cut-chunks.ts';
import { answered } from './index-answer.ts';
import type { PutObjectInput } from './object-store.ts';
import { uploadChunks } from './upload-chunks.ts';
import type { UploadComponents } from './upload-chunks.ts';

const NULL_VERSION = 'null';
const NOTHING = Buffer.alloc(0);

/** Stores an object: inline in its index record when small, else in chunks. One index commit either way. */
export async function putObject(components: UploadComponents, input: PutObjectInput, signal?: AbortSignal): Promise<ObjectRecord> {
  const { index, settings } = components;
  const { bucket, key, body } = input;
  const partition = index.partitionOf(bucket, key);
  if (body.sizeBytes > settings.inlineMaxBytes) {
    const result = await uploadChunks(components, { partition, bucket, key, signal }, body, ({ extent, intentId, ...digests }) => ({
      op: { $case: 'putObject', value: command(input, { layout: chunked(extent), ...digests }, NOTHING, intentId) },
    }));
    return answered(result, 'object');
  }
  const inlineData = await collect(body.bytes, body.sizeBytes);
  const layout: Layout = { kind: { $case: 'inline', value: { crc32: crc32(inlineData) } } };
  const value = command(input, { layout, ...body.finish() }, inlineData, NOTHING);
  return answered(await index.execute(partition, { op: { $case: 'putObject', value } }, signal), 'object');
}

function chunked(extent: Parameters<Parameters<typeof uploadChunks>[3]>[0]['extent']): Layout {
  return { kind: { $case: 'chunked', value: { extents: [extent] } } };
}

function command(
  input: PutObjectInput,
  stored: { layout: Layout; etag: string; checksums: Checksum[] },
  inlineData: Buffer,
  intentId: Buffer,
): PutObject {
  const record: ObjectRecord = {
    versionId: NULL_VERSION,
    sizeBytes: BigInt(input.body.sizeBytes),
    etag: stored.etag,
    modifiedMs: 0n, // the primary's clock decides
    metadata: input.metadata,
    checksums: stored.checksums,
    tags: input.tags,
    layout: stored.layout,
    parts: [],
    ownerId: input.ownerId,
    deleteMarker: false,
    uploadId: '',
  };
  return { bucketId: input.bucket, key: input.key, condition: input.condition, record, inlineData, intentId };
}
