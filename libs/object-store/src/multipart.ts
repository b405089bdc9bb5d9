import type { ObjectRecord, PartRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import type { Clock, Random } from '@pilvi/runtime';
import type { IndexClient } from './clients.ts';
import { answered } from './index-answer.ts';
import type { ObjectStore } from './object-store.ts';

interface Components {
  readonly index: IndexClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** Digits of the time, milliseconds in hex, at the front of an upload id: enough until the year 10,889. */
const TIME_DIGITS = 12;
const RANDOM_BYTES = 16;

/** Begins a multipart upload; its id begins with the time, so that uploads of one key are listed in the order they were begun. */
export async function createUpload(
  { index, clock, random }: Components,
  input: Parameters<ObjectStore['createUpload']>[0],
  signal?: AbortSignal,
): Promise<UploadRecord> {
  const { bucket, key } = input;
  const uploadId = clock.wallMs().toString(16).padStart(TIME_DIGITS, '0') + random.hex(RANDOM_BYTES);
  const upload: UploadRecord = { ...input.upload, uploadId, key, initiatedMs: 0n };
  const result = await index.execute(
    index.partitionOf(bucket, key),
    { op: { $case: 'createUpload', value: { bucketId: bucket, key, upload } } },
    signal,
  );
  return answered(result, 'upload');
}

export async function getUpload(
  { index }: Components,
  input: Parameters<ObjectStore['getUpload']>[0],
  signal?: AbortSignal,
): Promise<UploadRecord> {
  const { bucket, key, uploadId } = input;
  const result = await index.execute(
    index.partitionOf(bucket, key),
    { op: { $case: 'getUpload', value: { bucketId: bucket, key, uploadId } } },
    signal,
  );
  return answered(result, 'upload');
}

export async function listParts(
  { index }: Components,
  input: Parameters<ObjectStore['listParts']>[0],
  signal?: AbortSignal,
): Promise<{ upload: UploadRecord; parts: PartRecord[]; truncated: boolean }> {
  const { bucket, key, uploadId, afterNumber, limit } = input;
  const value = { bucketId: bucket, key, uploadId, afterNumber, limit };
  const { upload, parts, truncated } = answered(
    await index.execute(index.partitionOf(bucket, key), { op: { $case: 'listParts', value } }, signal),
    'parts',
  );
  if (upload === undefined) throw new Error('the index listed the parts of no upload');
  return { upload, parts, truncated };
}

/** Joins the parts to an object: one commit, no byte is moved. */
export async function completeUpload(
  { index }: Components,
  input: Parameters<ObjectStore['completeUpload']>[0],
  signal?: AbortSignal,
): Promise<ObjectRecord> {
  const { bucket, key, uploadId, parts, condition, expectedChecksums } = input;
  const value = {
    bucketId: bucket,
    key,
    uploadId,
    parts,
    condition,
    minPartSizeBytes: BigInt(input.minPartSizeBytes),
    expectedChecksums,
    expectedSizeBytes: BigInt(input.expectedSizeBytes ?? -1),
  };
  const result = await index.execute(index.partitionOf(bucket, key), { op: { $case: 'completeUpload', value } }, signal);
  return answered(result, 'object');
}

export async function abortUpload(
  { index }: Components,
  input: Parameters<ObjectStore['abortUpload']>[0],
  signal?: AbortSignal,
): Promise<void> {
  const { bucket, key, uploadId } = input;
  const result = await index.execute(
    index.partitionOf(bucket, key),
    { op: { $case: 'abortUpload', value: { bucketId: bucket, key, uploadId } } },
    signal,
  );
  answered(result, 'done');
}
