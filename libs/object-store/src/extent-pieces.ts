import type { Extent, Layout } from '@pilvi/contracts/index/v1/record';
import { chunkId } from './chunk-ids.ts';

/** A run of bytes within one chunk. */
export interface Piece {
  readonly id: Buffer;
  readonly offset: number;
  readonly length: number;
  /** Incarnations that hold it. */
  readonly holders: readonly string[];
}

export function extentsOf(layout: Layout | undefined): readonly Extent[] {
  return layout?.kind?.$case === 'chunked' ? layout.kind.value.extents : [];
}

/** The pieces that make up bytes `[start, endExclusive)` of extents laid end to end, in order; made as they are asked for. */
export function* piecesOf(extents: readonly Extent[], start: number, endExclusive: number): Generator<Piece> {
  let extentStart = 0;
  for (const extent of extents) {
    const sizeBytes = Number(extent.sizeBytes);
    const from = Math.max(start - extentStart, 0);
    const to = Math.min(endExclusive - extentStart, sizeBytes);
    if (from < to) yield* piecesOfExtent(extent, from, to);
    extentStart += sizeBytes;
    if (extentStart >= endExclusive) return;
  }
}

function* piecesOfExtent(extent: Extent, from: number, to: number): Generator<Piece> {
  const { chunkSizeBytes, holders, writerId } = extent;
  let tick = 0n;
  let chunkStart = 0;
  for (const delta of extent.tickDeltas) {
    tick += delta;
    const chunkEnd = chunkStart + chunkSizeBytes;
    if (chunkStart >= to) return;
    if (chunkEnd > from) {
      const offset = Math.max(from - chunkStart, 0);
      const length = Math.min(to, chunkEnd) - chunkStart - offset;
      yield { id: chunkId(tick, writerId), offset, length, holders };
    }
    chunkStart = chunkEnd;
  }
}

/** Ticks as the record keeps them: the first absolute, the others as differences. */
export function tickDeltas(ticks: readonly number[]): bigint[] {
  return ticks.map((tick, i) => BigInt(tick - (i === 0 ? 0 : (ticks[i - 1] ?? 0))));
}
