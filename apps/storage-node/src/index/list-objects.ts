import type { ListRequest } from '@pilvi/contracts/index/v1/service';
import { listObjects as listRows } from '@pilvi/object-index';
import { split, withoutLease } from './covered-partitions.ts';
import type { IndexComponents, IndexReply } from './execute.ts';

/** One page over the partitions that this node leads (X1). */
export async function listObjects({ host, rows }: IndexComponents, request: ListRequest): Promise<IndexReply> {
  const { covered, refused } = await split(host, request.partitions);
  // What was acknowledged before this request is in LevelDB before the page is read: list after write.
  await rows.flushed();
  const page = await listRows(covered, request, (range) => rows.cursor(range));
  // I4: a lease that did not outlast the read makes the page void; all of it is asked again.
  if (withoutLease(host, request.partitions, covered).length > 0)
    return { $case: 'list', value: { entries: [], truncated: true, refused: request.partitions } };
  return { $case: 'list', value: { ...page, refused } };
}
