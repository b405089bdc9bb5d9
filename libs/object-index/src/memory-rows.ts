import type { KeyRange, RowChange, RowCursor, RowView } from './rows.ts';

/** Rows in memory, in key order: for simulation and for tests, and the model that the row store is held against. */
export interface MemoryRows extends RowView {
  apply(changes: readonly RowChange[]): void;
  cursor(range: KeyRange): RowCursor;
}

export function createMemoryRows(): MemoryRows {
  const rows = new Map<string, readonly [Buffer, Buffer]>();
  let sorted: (readonly [Buffer, Buffer])[] | undefined;

  function inOrder(): (readonly [Buffer, Buffer])[] {
    sorted ??= [...rows.values()].sort((a, b) => Buffer.compare(a[0], b[0]));
    return sorted;
  }

  function between(range: KeyRange): (readonly [Buffer, Buffer])[] {
    const all = inOrder();
    return all.slice(lowerBound(all, range.gte), lowerBound(all, range.lt)).slice(0, range.limit);
  }

  return {
    get: (key) => rows.get(key.toString('latin1'))?.[1],
    scan: between,
    apply(changes) {
      for (const { key, value } of changes) {
        if (value === undefined) rows.delete(key.toString('latin1'));
        else rows.set(key.toString('latin1'), [key, value]);
      }
      sorted = undefined;
    },
    cursor(range) {
      const view = between(range);
      let at = 0;
      return {
        next(count) {
          const page = view.slice(at, at + count);
          at += page.length;
          return Promise.resolve(page);
        },
        seek(key) {
          at = lowerBound(view, key);
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  };
}

function lowerBound(rows: readonly (readonly [Buffer, Buffer])[], key: Buffer): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(rows[middle]![0], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
