import type { Extent } from '@pilvi/contracts/index/v1/record';

/** The ids of an extent's chunks in order: 8 bytes of tick (a running sum of the differences), 8 of writer id. */
export function chunkIdsOf(extent: Extent): Buffer[] {
  const ids: Buffer[] = [];
  let tick = 0n;
  for (const delta of extent.tickDeltas) {
    tick += delta;
    const id = Buffer.allocUnsafe(16);
    id.writeBigUInt64BE(tick, 0);
    extent.writerId.copy(id, 8);
    ids.push(id);
  }
  return ids;
}
