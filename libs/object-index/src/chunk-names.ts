import type { PartitionId } from '@pilvi/cluster-map';
import { ChunkNameKind } from '@pilvi/contracts/index/v1/command';
import type { ChunkNames, ListChunkNames } from '@pilvi/contracts/index/v1/command';
import { GarbageRecord, IntentRecord, ObjectRecord, PartRecord } from '@pilvi/contracts/index/v1/record';
import { extentsOf } from './extents.ts';
import { Table, tableRange } from './row-keys.ts';
import type { KeyRange, RowView } from './rows.ts';
import { unframe } from './stored-value.ts';

/** Rows of one page at most. */
const MAX_ROWS = 1_000;

/**
 * The kinds in the order in which the name of a chunk moves: the intent of its upload, a part, an object, garbage. A census that
 * reads them in this order, each page of it linearizably, finds every chunk that was named when it began and was not swept since (K4).
 */
export const CHUNK_NAME_KINDS = [
  ChunkNameKind.INTENT,
  ChunkNameKind.PART,
  ChunkNameKind.OBJECT,
  ChunkNameKind.GARBAGE,
] as const satisfies ChunkNameKind[];

const TABLES = new Map<ChunkNameKind, Parameters<typeof tableRange>[1]>([
  [ChunkNameKind.INTENT, Table.intent],
  [ChunkNameKind.PART, Table.part],
  [ChunkNameKind.OBJECT, Table.object],
  [ChunkNameKind.GARBAGE, Table.garbage],
]);

/** The rows of one page; undefined for a kind that is none. */
export function chunkNameRange(partition: PartitionId, query: ListChunkNames): KeyRange | undefined {
  const table = TABLES.get(query.kind);
  if (table === undefined) return undefined;
  const range = tableRange(partition, table);
  const limit = Math.min(MAX_ROWS, Math.max(1, query.limit));
  // The first key above the row: itself and a zero byte.
  const gte = query.afterRow.length === 0 ? range.gte : Buffer.concat([query.afterRow, Buffer.of(0)]);
  return { ...range, gte, limit };
}

/** One page of what names chunks. Throws ObjectIndexError when a row is damaged. */
export function listChunkNames(view: RowView, range: KeyRange, kind: ChunkNameKind): ChunkNames {
  const names: ChunkNames = { extents: [], intentIds: [], lastRow: Buffer.alloc(0) };
  let rows = 0;
  let last = names.lastRow;
  for (const [key, value] of view.scan(range)) {
    addNames(names, kind, unframe(value));
    last = key;
    rows++;
  }
  return { ...names, lastRow: rows < (range.limit ?? 0) ? names.lastRow : Buffer.from(last) };
}

function addNames(names: ChunkNames, kind: ChunkNameKind, body: Buffer): void {
  switch (kind) {
    case ChunkNameKind.INTENT:
      names.intentIds.push(IntentRecord.decode(body).intentId);
      return;
    case ChunkNameKind.PART:
      names.extents.push(...extentsOf(PartRecord.decode(body).layout));
      return;
    case ChunkNameKind.OBJECT:
      names.extents.push(...extentsOf(ObjectRecord.decode(body).layout));
      return;
    case ChunkNameKind.GARBAGE: {
      const garbage = GarbageRecord.decode(body);
      names.extents.push(...garbage.extents);
      if (garbage.intentId.length > 0) names.intentIds.push(garbage.intentId);
      return;
    }
    default:
      return;
  }
}
