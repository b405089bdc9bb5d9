import type { KeyRange, RowCursor, RowView } from '@pilvi/object-index';
import type { Database, Row, RowIterator } from './open-database.ts';

const SNAPSHOT_ROWS = 256;

/** Rows of what is in LevelDB at the time of the call; later writes do not show. */
export function openCursor(db: Database, range: KeyRange): RowCursor {
  const iterator = db.iterator(rangeOptions(range));
  return {
    next: (count) => iterator.nextv(count),
    seek(key) {
      iterator.seek(key);
    },
    [Symbol.asyncDispose]: () => iterator.close(),
  };
}

/** A view whose scans answer the ranges read here, and nothing else. */
export async function readAhead(db: Database, base: RowView, ranges: readonly KeyRange[]): Promise<RowView> {
  const read = await Promise.all(ranges.map(async (range) => ({ range, rows: await db.iterator(rangeOptions(range)).all() })));
  return {
    get: (key) => base.get(key),
    scan(range) {
      const found = read.find((r) => r.range.gte.equals(range.gte) && r.range.lt.equals(range.lt));
      if (found === undefined) throw new Error('a range is scanned that was not read ahead');
      return found.rows;
    },
  };
}

export async function* pages(iterator: RowIterator): AsyncIterable<readonly Row[]> {
  try {
    for (;;) {
      const page = await iterator.nextv(SNAPSHOT_ROWS);
      if (page.length === 0) return;
      yield page;
    }
  } finally {
    await iterator.close();
  }
}

export function rangeOptions(range: KeyRange): { gte: Buffer; lt: Buffer; limit?: number } {
  return range.limit === undefined ? { gte: range.gte, lt: range.lt } : { gte: range.gte, lt: range.lt, limit: range.limit };
}
