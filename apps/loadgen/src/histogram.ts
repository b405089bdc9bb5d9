/** Sub-buckets per power of two: a value is known within 1.1 %. */
const STEPS_PER_DOUBLING = 64;
const DOUBLINGS = 32;

/** Counts of durations in logarithmic buckets; a million records cost no memory. */
export class Histogram {
  readonly #counts = new Uint32Array(STEPS_PER_DOUBLING * DOUBLINGS);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  /** Microseconds. */
  record(us: number): void {
    const index = us < 1 ? 0 : Math.min(this.#counts.length - 1, Math.floor(Math.log2(us) * STEPS_PER_DOUBLING));
    this.#counts[index]! += 1;
    this.#count += 1;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  get count(): number {
    return this.#count;
  }

  get meanUs(): number {
    return this.#count === 0 ? 0 : this.#sumUs / this.#count;
  }

  get maxUs(): number {
    return this.#maxUs;
  }

  /** The upper edge of the bucket in which the given share (0..1) of the records is reached; 0 when there are none. */
  quantileUs(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!;
      if (seen >= wanted && seen > 0) return Math.min(this.#maxUs, 2 ** ((i + 1) / STEPS_PER_DOUBLING));
    }
    return 0;
  }
}
