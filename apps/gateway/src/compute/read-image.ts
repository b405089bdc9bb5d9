import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ImageBytes, ReadImageRequest } from '@pilvi/contracts/compute/v1/service';
import type { BucketDirectory, ObjectStore } from '@pilvi/object-store';
import { storeFailure } from '../s3/error-table.ts';

type ImageCall = ServerWritableStream<ReadImageRequest, ImageBytes>;

/** Answers one ReadImage call. */
export type ImageReader = (call: ImageCall) => void;

interface Components {
  readonly objects: ObjectStore;
  readonly buckets: BucketDirectory;
}

/** Reads images from the object store, no faster than the node takes them. */
export function createImageReader(components: Components): ImageReader {
  return (call) => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort());
    send(components, call, cancelled.signal).then(
      () => call.end(),
      (error: unknown) => void call.emit('error', refusal(error)),
    );
  };
}

/** Under the image's key lies something else now. */
class ChangedImage extends Error {}

async function send({ objects, buckets }: Components, call: ImageCall, signal: AbortSignal): Promise<void> {
  const { object, offsetBytes } = call.request;
  if (object === undefined) throw new ChangedImage('the request names no object');
  const bucket = await buckets.get(object.bucket, signal);
  if (bucket === undefined) throw new ChangedImage('the bucket of the image is no more');
  const { record, open } = await objects.getObject({ bucket: bucket.id, key: object.key }, signal);
  if (record.etag !== object.etag) throw new ChangedImage('the object of the image was replaced by another');
  for await (const data of open(Number(offsetBytes), Number(record.sizeBytes), signal)) {
    if (!call.write({ data })) await once(call, 'drain', { signal });
  }
}

function refusal(error: unknown): { code: status; details: string } {
  if (error instanceof ChangedImage) return { code: status.FAILED_PRECONDITION, details: error.message };
  if (storeFailure(error)?.code === 'no-such-key') return { code: status.NOT_FOUND, details: 'the object of the image is no more' };
  return { code: status.UNAVAILABLE, details: 'the image cannot be read now' };
}
