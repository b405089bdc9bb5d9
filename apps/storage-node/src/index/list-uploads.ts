import type { ListUploadsRequest } from '@pilvi/contracts/index/v1/service';
import { listUploads as listRows } from '@pilvi/object-index';
import { split, withoutLease } from './covered-partitions.ts';
import type { IndexComponents, IndexReply } from './execute.ts';

/** As list-objects, for multipart uploads. */
export async function listUploads({ host, rows }: IndexComponents, request: ListUploadsRequest): Promise<IndexReply> {
  const { covered, refused } = await split(host, request.partitions);
  await rows.flushed();
  const page = await listRows(covered, request, (range) => rows.cursor(range));
  if (withoutLease(host, request.partitions, covered).length > 0)
    return { $case: 'listUploads', value: { entries: [], truncated: true, refused: request.partitions } };
  return { $case: 'listUploads', value: { ...page, refused } };
}
