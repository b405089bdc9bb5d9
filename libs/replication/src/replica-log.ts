import type { LogBase, LogEntry, Seq } from './types.ts';

/** A slice may keep so many times its own length; a larger one is not worth its copy. */
const MOST_WASTE = 1.25;

/** The part of a partition's log above its base, in memory; the shared log on disk holds the same (D1). */
export class ReplicaLog {
  #base: LogBase;
  #entries: LogEntry[];
  #bytes: number;

  constructor(base: LogBase, entries: readonly LogEntry[]) {
    this.#base = base;
    this.#entries = entries.map(withOwnBody);
    this.#bytes = entries.reduce((sum, e) => sum + e.body.length, 0);
  }

  get base(): LogBase {
    return this.#base;
  }

  /** The last entry, or the base of an empty log. */
  get last(): LogBase {
    return this.#entries.at(-1) ?? this.#base;
  }

  /** Bytes of the bodies held. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** The entry at `seq`, the base at its seq, or undefined. */
  at(seq: Seq): LogBase | undefined {
    return seq === this.#base.seq ? this.#base : this.entry(seq);
  }

  entry(seq: Seq): LogEntry | undefined {
    return this.#entries[seq - this.#base.seq - 1];
  }

  /** Entries `from..to`, both included; what is below the base is left out. */
  range(from: Seq, to: Seq): LogEntry[] {
    return this.#entries.slice(Math.max(0, from - this.#base.seq - 1), Math.max(0, to - this.#base.seq));
  }

  append(entry: LogEntry): void {
    this.#entries.push(withOwnBody(entry));
    this.#bytes += entry.body.length;
  }

  truncateAfter(seq: Seq): void {
    for (const dropped of this.#entries.splice(Math.max(0, seq - this.#base.seq))) this.#bytes -= dropped.body.length;
  }

  /** Forgets entries up to `seq`, which becomes the base. */
  trimTo(seq: Seq): void {
    const base = this.entry(seq);
    if (base === undefined) return;
    for (const dropped of this.#entries.splice(0, seq - this.#base.seq)) this.#bytes -= dropped.body.length;
    this.#base = { epoch: base.epoch, seq: base.seq, hash: base.hash };
  }

  /** Starts anew at a snapshot; keeps what is above it when the log agrees with it there (M1). True when it kept. */
  rebase(base: LogBase): boolean {
    if (this.at(base.seq)?.hash === base.hash) {
      if (base.seq > this.#base.seq) this.trimTo(base.seq);
      this.#base = base;
      return true;
    }
    this.reset(base);
    return false;
  }

  /** Holds nothing but `base`. */
  reset(base: LogBase): void {
    this.#base = base;
    this.#entries = [];
    this.#bytes = 0;
  }
}

/**
 * Entries stay here until the next checkpoint, and bodies come as slices: of the message, the file or the pool of 64 KiB that they were read into. A few hundred
 * bytes kept would keep all of that, so a small body gets memory of its own.
 */
function withOwnBody(entry: LogEntry): LogEntry {
  const { body } = entry;
  if (body.buffer.byteLength <= MOST_WASTE * body.length) return entry;
  const own = Buffer.allocUnsafeSlow(body.length);
  own.set(body);
  return { ...entry, body: own };
}
