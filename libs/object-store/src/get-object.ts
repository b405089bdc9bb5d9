import { crc32 } from 'node:zlib';
import type { ObjectFound } from '@pilvi/contracts/index/v1/command';
import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import type { IndexClient } from './clients.ts';
import { ObjectStoreError } from './errors.ts';
import { extentsOf } from './extent-pieces.ts';
import { answered } from './index-answer.ts';
import type { FoundObject, ObjectAddress } from './object-store.ts';
import { readChunks } from './read-chunks.ts';
import type { ReadComponents } from './read-chunks.ts';

type GetComponents = ReadComponents & { readonly index: IndexClient };

/** One read of the index; the bytes of an inline object come with it. */
export async function getObject(components: GetComponents, address: ObjectAddress, signal?: AbortSignal): Promise<FoundObject> {
  const { record, inlineData } = await find(components, address, false, signal);
  if (record.layout?.kind?.$case === 'inline') {
    if (BigInt(inlineData.length) !== record.sizeBytes || crc32(inlineData) !== record.layout.kind.value.crc32) {
      throw new ObjectStoreError('damaged', 'the inline bytes do not have their checksum');
    }
    return { record, open: (start, endExclusive) => oneBuffer(inlineData.subarray(start, endExclusive)) };
  }
  const partition = components.index.partitionOf(address.bucket, address.key);
  const extents = extentsOf(record.layout);
  return {
    record,
    open: (start, endExclusive, openSignal) => readChunks(components, { partition, extents, start, endExclusive, signal: openSignal }),
  };
}

export async function headObject(components: GetComponents, address: ObjectAddress, signal?: AbortSignal): Promise<ObjectRecord> {
  return (await find(components, address, true, signal)).record;
}

async function find(
  { index }: GetComponents,
  { bucket, key }: ObjectAddress,
  head: boolean,
  signal?: AbortSignal,
): Promise<{ record: ObjectRecord; inlineData: Buffer }> {
  const partition = index.partitionOf(bucket, key);
  const result = await index.execute(partition, { op: { $case: 'getObject', value: { bucketId: bucket, key, head } } }, signal);
  const { record, inlineData }: ObjectFound = answered(result, 'found');
  if (record === undefined) throw new Error('the index found an object without a record');
  return { record, inlineData };
}

async function* oneBuffer(data: Buffer): AsyncGenerator<Buffer> {
  if (data.length > 0) yield data;
}
