import { ChunkStoreError } from '@pilvi/chunk-store';
import type { GetChunk } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkComponents, ChunkReply } from './chunk-service.ts';

/** Reads a chunk, verified whole, and answers the range asked for. Damage is reported so that it is repaired from another copy. */
export async function getChunk({ chunks, onDamage }: ChunkComponents, request: GetChunk): Promise<ChunkReply> {
  try {
    const { data, info } = await chunks.get(request.chunkId);
    const end = request.length === 0 ? data.length : request.offset + request.length;
    return { $case: 'data', value: { data: data.subarray(request.offset, end), chunkSizeBytes: info.sizeBytes, crc32: info.crc32 } };
  } catch (error) {
    if (error instanceof ChunkStoreError && (error.code === 'damaged' || error.code === 'not-found')) onDamage(request.chunkId);
    throw error;
  }
}
