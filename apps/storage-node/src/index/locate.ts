import { bucketId, partitionId } from '@pilvi/cluster-map';
import type { LocateRequest } from '@pilvi/contracts/index/v1/service';
import { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import { objectKey, ObjectIndexError, read, unframe } from '@pilvi/object-index';
import type { IndexComponents, IndexReply } from './execute.ts';

/** What this replica, whatever its role, holds of an object, and whether it passes its checksums. For people, not for clients: no lease is asked. */
export async function locate({ host, rows }: IndexComponents, request: LocateRequest): Promise<IndexReply> {
  const partition = partitionId(request.partition);
  const role = host.serving(partition) === undefined ? 'secondary' : 'primary';
  await rows.flushed();
  try {
    const value = rows.committed.get(objectKey(partition, bucketId(request.bucketId), request.key));
    if (value === undefined) return { $case: 'locate', value: { record: undefined, sound: true, role } };
    const record = ObjectRecord.decode(unframe(value));
    read(
      { view: rows.committed, partition },
      { op: { $case: 'getObject', value: { bucketId: request.bucketId, key: request.key, head: false } } },
    );
    return { $case: 'locate', value: { record, sound: true, role } };
  } catch (error) {
    if (error instanceof ObjectIndexError) return { $case: 'locate', value: { record: undefined, sound: false, role } };
    throw error;
  }
}
