import type { IndexClient } from './clients.ts';
import { answered, failureOf, failureToError } from './index-answer.ts';
import type { ObjectStore } from './object-store.ts';

interface Components {
  readonly index: IndexClient;
}

/** Deletes an object under a condition. Deleting what is not there is no error. */
export async function deleteObject(
  { index }: Components,
  input: Parameters<ObjectStore['deleteObject']>[0],
  signal?: AbortSignal,
): Promise<void> {
  const { bucket, key, condition } = input;
  const result = await index.execute(
    index.partitionOf(bucket, key),
    { op: { $case: 'deleteObject', value: { bucketId: bucket, key, condition } } },
    signal,
  );
  answered(result, 'done');
}

/** Replaces an object's tags. Throws `no-such-key`. */
export async function putObjectTags(
  { index }: Components,
  input: Parameters<ObjectStore['putObjectTags']>[0],
  signal?: AbortSignal,
): Promise<void> {
  const { bucket, key, tags } = input;
  const result = await index.execute(
    index.partitionOf(bucket, key),
    { op: { $case: 'putObjectTags', value: { bucketId: bucket, key, tags } } },
    signal,
  );
  if (failureOf(result) !== undefined && result.outcome?.$case === 'failure') throw failureToError(result.outcome.value);
}
