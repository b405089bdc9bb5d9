import type { ChunkInfo } from '@pilvi/chunk-store';
import { ChunkFailureCode } from '@pilvi/contracts/chunk/v1/service';
import type { PutChunk } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkComponents, ChunkReply } from './chunk-service.ts';

/** Stores a chunk durably: its bytes in the chunk store and its inventory line in the log, in parallel, then the inventory row. */
export async function putChunk({ chunks, inventory, journal, space, gate }: ChunkComponents, request: PutChunk): Promise<ChunkReply> {
  const leave = gate.enter(request.partition);
  if (leave === undefined)
    return { $case: 'failure', value: { code: ChunkFailureCode.BUSY, detail: 'the partition is being removed here' } };
  try {
    return await store({ chunks, inventory, journal, space }, request);
  } finally {
    leave();
  }
}

async function store(
  { chunks, inventory, journal, space }: Omit<ChunkComponents, 'log' | 'onDamage' | 'gate'>,
  request: PutChunk,
): Promise<ChunkReply> {
  if (space.low) return { $case: 'failure', value: { code: ChunkFailureCode.NO_SPACE, detail: 'the free-space reserve is reached' } };
  const info: ChunkInfo = {
    id: request.chunkId,
    partition: request.partition,
    owner: request.owner,
    sizeBytes: request.data.length,
    crc32: request.crc32,
  };
  await Promise.all([chunks.put(info, request.data), journal.added([info])]);
  inventory.add([info]);
  return { $case: 'done', value: {} };
}
