import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation, PartitionId } from '@pilvi/cluster-map';
import type { ChunkInventory } from '@pilvi/row-store';
import { ChunkNameKind } from '@pilvi/contracts/index/v1/command';
import type { ChunkNames } from '@pilvi/contracts/index/v1/command';
import { CHUNK_NAME_KINDS } from '@pilvi/object-index';
import type { IndexClient } from '@pilvi/object-store';
import { chunkIdsOf } from './chunk-ids.ts';

const PAGE_ROWS = 500;
/** Chunks of one partition looked at in one census; the next one begins again and finds these sorted out. */
const MAX_CHUNKS = 200_000;

export interface CensusComponents {
  readonly inventory: ChunkInventory;
  readonly index: Pick<IndexClient, 'execute'>;
}

/** What a node holds of a partition, sorted by who names it. */
export interface ChunkCensus {
  /** Nothing names them, and nothing ever will: their intent is closed. */
  readonly orphans: readonly Buffer[];
  /** Named by a part or an object, with the nodes that are said to hold them. */
  readonly committed: readonly { readonly id: Buffer; readonly holders: readonly Incarnation[] }[];
  /** Named by an open intent. */
  readonly intended: number;
  /** Named by garbage that may still be read. */
  readonly garbage: number;
}

/**
 * K4: lists the node's inventory first, then reads what names chunks at the partition's primary, linearizably, page by page and in the order in which a
 * name moves. A chunk that nobody names was named by nobody since the list was made: its intent was committed before it was stored, and a commit is
 * conditional on an open intent (K2). Throws ObjectStoreError when the primary cannot be asked.
 */
export async function takeChunkCensus(
  { inventory, index }: CensusComponents,
  partition: PartitionId,
  signal: AbortSignal,
): Promise<ChunkCensus> {
  const unnamed = new Map<string, Buffer>();
  const byOwner = new Map<string, string[]>();
  for await (const info of inventory.scan(partition)) {
    if (unnamed.size >= MAX_CHUNKS) break;
    const id = info.id.toString('latin1');
    unnamed.set(id, Buffer.from(info.id));
    const owner = info.owner.toString('latin1');
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), id]);
  }
  const committed: { id: Buffer; holders: readonly Incarnation[] }[] = [];
  let intended = 0;
  let garbage = 0;
  for (const kind of CHUNK_NAME_KINDS) {
    if (unnamed.size === 0) break;
    const isCommitted = kind === ChunkNameKind.PART || kind === ChunkNameKind.OBJECT;
    for await (const names of pagesOf(index, partition, kind, signal)) {
      for (const intent of names.intentIds) {
        for (const id of byOwner.get(intent.toString('latin1')) ?? []) if (unnamed.delete(id)) intended++;
      }
      for (const extent of names.extents) {
        const holders = extent.holders.map(incarnation);
        for (const id of chunkIdsOf(extent)) {
          if (!unnamed.delete(id.toString('latin1'))) continue;
          if (isCommitted) committed.push({ id, holders });
          else garbage++;
        }
      }
    }
  }
  return { orphans: [...unnamed.values()], committed, intended, garbage };
}

async function* pagesOf(
  index: CensusComponents['index'],
  partition: PartitionId,
  kind: (typeof CHUNK_NAME_KINDS)[number],
  signal: AbortSignal,
): AsyncGenerator<ChunkNames> {
  let afterRow: Buffer = Buffer.alloc(0);
  do {
    const value = { kind, afterRow, limit: PAGE_ROWS };
    const { outcome } = await index.execute(partition, { op: { $case: 'listChunkNames', value } }, signal);
    if (outcome?.$case !== 'chunkNames') throw new Error(`the index did not say what it names: ${outcome?.$case ?? 'nothing'}`);
    yield outcome.value;
    afterRow = outcome.value.lastRow;
  } while (afterRow.length > 0);
}
