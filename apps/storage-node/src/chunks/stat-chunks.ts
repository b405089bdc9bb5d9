import { ChunkStoreError } from '@pilvi/chunk-store';
import { ChunkState } from '@pilvi/contracts/chunk/v1/service';
import type { StatChunks } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkComponents, ChunkReply } from './chunk-service.ts';

/** Tells for each chunk whether this node holds it, and, when asked to verify, whether its bytes are sound. */
export async function statChunks(components: ChunkComponents, request: StatChunks): Promise<ChunkReply> {
  const states: ChunkState[] = [];
  for (const id of request.chunkIds) states.push(await stateOf(components, id));
  return { $case: 'stats', value: { states } };
}

async function stateOf({ chunks, gate, onDamage }: ChunkComponents, id: Buffer): Promise<ChunkState> {
  try {
    const { info } = await chunks.get(id);
    const leave = gate.enter(info.partition);
    // K4: the partition is being removed here, and whoever asks may be about to name this node as a holder.
    if (leave === undefined) return ChunkState.MISSING;
    leave();
    return ChunkState.SOUND;
  } catch (error) {
    if (!(error instanceof ChunkStoreError)) throw error;
    if (error.code === 'damaged') onDamage(id);
    return error.code === 'damaged' ? ChunkState.DAMAGED : ChunkState.MISSING;
  }
}
