import type { DeleteChunks } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkComponents, ChunkReply } from './chunk-service.ts';

/** Deletes chunks that no record names any more (K3). The bytes go first: an inventory line without bytes is found by the census, bytes without a line are not. */
export async function deleteChunks(
  { chunks, inventory, journal }: Pick<ChunkComponents, 'chunks' | 'inventory' | 'journal'>,
  request: DeleteChunks,
): Promise<ChunkReply> {
  if (request.chunkIds.length > 0) {
    await chunks.delete(request.chunkIds);
    await journal.removed(request.partition, request.chunkIds);
    inventory.remove(request.partition, request.chunkIds);
  }
  return { $case: 'done', value: {} };
}
