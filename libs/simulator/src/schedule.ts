interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: a heap of what happens when. Events of one instant run in the order they were planned. */
export class Schedule {
  nowMs = 0;
  #heap: Planned[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const item = { atMs, order: this.#order++, run };
    let i = heap.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, item)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = item;
  }

  /** Runs until `endMs`, or until `stop` says so. */
  run(endMs: number, stop: () => boolean): void {
    for (let item = this.#pop(); item !== undefined && item.atMs <= endMs; item = this.#pop()) {
      this.nowMs = item.atMs;
      item.run();
      if (stop()) return;
    }
  }

  #pop(): Planned | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child++;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
