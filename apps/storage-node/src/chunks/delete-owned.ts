import type { DeleteOwned } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkComponents, ChunkReply } from './chunk-service.ts';
import { deleteChunks } from './delete-chunks.ts';

/** Deletes what an aborted upload left here (K2); the intent is fenced, so none of it can be committed any more. */
export async function deleteOwned(components: ChunkComponents, request: DeleteOwned): Promise<ChunkReply> {
  const ids: Buffer[] = [];
  for await (const info of components.inventory.scanOwner(request.partition, request.owner)) ids.push(info.id);
  return deleteChunks(components, { chunkIds: ids, partition: request.partition });
}
