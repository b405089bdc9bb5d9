import type { KeyRange, RowCursor } from './rows.ts';

type Row = readonly [key: Buffer, value: Buffer];

/** The partition prefix is no part of the order among partitions. */
const PARTITION_BYTES = 2;
const FEWEST_ROWS = 2;

/** Rows of one table of several partitions in one order, with jumps forward; every partition's cursor is read ahead. */
export interface MergedRows extends AsyncDisposable {
  /** The lowest row not yet taken, or undefined at the end. */
  peek(): Row | undefined;
  /** Takes that row. */
  take(): Promise<void>;
  /** Every partition goes on at the first row not below `key`, whose partition prefix does not matter. */
  skipTo(key: Buffer): Promise<void>;
}

export async function mergeRows(ranges: readonly KeyRange[], open: (range: KeyRange) => RowCursor, batch: number): Promise<MergedRows> {
  const sources = ranges.map((range) => new Source(open(range), batch));
  await Promise.all(sources.map((s) => s.fill()));
  const heap = sources.filter((s) => s.head !== undefined);
  heap.sort((a, b) => a.compare(b));

  /** Restores the order after the first source moved on. */
  function sink(): void {
    const [first] = heap;
    if (first === undefined) return;
    if (first.head === undefined) {
      heap.shift();
      return;
    }
    let at = 0;
    // Few sources and mostly equal loads: an insertion is as good as a heap, and plain.
    while (at + 1 < heap.length && first.compare(heap[at + 1]!) > 0) {
      heap[at] = heap[at + 1]!;
      at++;
    }
    heap[at] = first;
  }

  return {
    peek: () => heap[0]?.head,
    async take() {
      const [first] = heap;
      if (first === undefined) return;
      if (!first.advance()) await first.fill();
      sink();
    },
    async skipTo(key) {
      const behind = heap.filter((s) => s.isBelow(key));
      await Promise.all(behind.map((s) => s.skipTo(key)));
      const live = heap.filter((s) => s.head !== undefined).sort((a, b) => a.compare(b));
      heap.splice(0, heap.length, ...live);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(sources.map((s) => s.close()));
    },
  };
}

class Source {
  head: Row | undefined;
  readonly #cursor: RowCursor;
  readonly #batch: number;
  /** Rows read at a time: few while jumps leave most of them unused, more and more while they are used. */
  #wanted: number;
  #rows: readonly Row[] = [];
  #at = 0;
  #partition: Buffer | undefined;

  constructor(cursor: RowCursor, batch: number) {
    this.#cursor = cursor;
    this.#batch = batch;
    this.#wanted = batch;
  }

  compare(other: Source): number {
    if (this.head === undefined || other.head === undefined) return this.head === undefined ? 1 : -1;
    return this.head[0].compare(other.head[0], PARTITION_BYTES, other.head[0].length, PARTITION_BYTES, this.head[0].length);
  }

  isBelow(key: Buffer): boolean {
    return this.head !== undefined && this.head[0].compare(key, PARTITION_BYTES, key.length, PARTITION_BYTES, this.head[0].length) < 0;
  }

  /** False when the rows read ahead are used up. */
  advance(): boolean {
    this.#at++;
    this.head = this.#rows[this.#at];
    return this.head !== undefined;
  }

  async fill(): Promise<void> {
    this.#rows = await this.#cursor.next(this.#wanted);
    this.#wanted = Math.min(this.#batch, this.#wanted * 2);
    this.#at = 0;
    this.head = this.#rows[0];
    this.#partition ??= this.head?.[0].subarray(0, PARTITION_BYTES);
  }

  async skipTo(key: Buffer): Promise<void> {
    const used = this.#at + 1;
    while (this.isBelow(key)) if (!this.advance()) break;
    if (this.head !== undefined || this.#partition === undefined) return;
    if (this.#rows.length - used > used) this.#wanted = FEWEST_ROWS;
    this.#cursor.seek(Buffer.concat([this.#partition, key.subarray(PARTITION_BYTES)]));
    await this.fill();
  }

  close(): Promise<void> {
    return Promise.resolve(this.#cursor[Symbol.asyncDispose]());
  }
}
