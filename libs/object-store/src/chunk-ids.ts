import type { Clock, Random } from '@pilvi/runtime';

const WRITER_ID_BYTES = 8;
const CHUNK_ID_BYTES = 16;

/** Makes chunk ids: 8 bytes of tick, big endian, and 8 bytes of writer id, so that keys arrive at the chunk store in order. */
export interface ChunkIdSource {
  readonly writerId: Buffer;
  /** Microseconds since the Unix epoch, made strictly increasing. */
  nextTick(): number;
}

/** One per process: its random writer id makes its ticks unique in the cluster. */
export function createChunkIdSource({ clock, random }: { readonly clock: Clock; readonly random: Random }): ChunkIdSource {
  let last = 0;
  return {
    writerId: random.bytes(WRITER_ID_BYTES),
    nextTick: () => (last = Math.max(last + 1, clock.wallMs() * 1_000)),
  };
}

export function chunkId(tick: number | bigint, writerId: Buffer): Buffer {
  const id = Buffer.allocUnsafe(CHUNK_ID_BYTES);
  id.writeBigUInt64BE(BigInt(tick), 0);
  writerId.copy(id, 8);
  return id;
}
