import type { PartitionId } from '@pilvi/cluster-map';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { piecesOf } from './extent-pieces.ts';
import { fetchPiece } from './fetch-piece.ts';
import type { FetchComponents } from './fetch-piece.ts';

/** Bytes fetched ahead of their clients, over all reads of one process. */
export interface ReadBudget {
  aheadBytes: number;
}

export type ReadComponents = FetchComponents & { readonly readBudget: ReadBudget };

/**
 * Bytes `[start, endExclusive)` of extents laid end to end, in pieces, in order. Pieces are fetched ahead within the read's window and the
 * process's budget; ending the iteration early cancels them. Throws ObjectStoreError rather than give a wrong byte.
 */
export async function* readChunks(
  components: ReadComponents,
  source: {
    readonly partition: PartitionId;
    readonly extents: readonly Extent[];
    readonly start: number;
    readonly endExclusive: number;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<Buffer> {
  const { readBudget, settings } = components;
  const abort = new AbortController();
  const signal = source.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, source.signal]);
  const pieces = piecesOf(source.extents, source.start, source.endExclusive);
  const ahead: { readonly length: number; readonly data: Promise<Buffer> }[] = [];
  let aheadBytes = 0;
  let following = pieces.next();

  const fetchAhead = (): void => {
    while (!following.done) {
      const piece = following.value;
      const fits = aheadBytes + piece.length <= settings.prefetchBytes && readBudget.aheadBytes + piece.length <= settings.readBudgetBytes;
      if (ahead.length > 0 && !fits) return;
      const data = fetchPiece(components, source.partition, piece, signal);
      data.catch(() => undefined); // met when its turn comes
      ahead.push({ length: piece.length, data });
      aheadBytes += piece.length;
      readBudget.aheadBytes += piece.length;
      following = pieces.next();
    }
  };

  try {
    for (;;) {
      fetchAhead();
      const first = ahead[0];
      if (first === undefined) return;
      const data = await first.data;
      ahead.shift();
      aheadBytes -= first.length;
      readBudget.aheadBytes -= first.length;
      // The next piece is on its way while the client takes this one.
      fetchAhead();
      yield data;
    }
  } finally {
    readBudget.aheadBytes -= aheadBytes;
    abort.abort();
  }
}
