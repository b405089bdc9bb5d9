import type { WatchBatch, WatchEvent } from './control-store.ts';
import { ControlStoreError } from './errors.ts';
import { isReserved } from './reserved-keys.ts';

export interface HistoryBounds {
  readonly revisions: number;
  readonly bytes: number;
}

export const DEFAULT_HISTORY: HistoryBounds = { revisions: 10_000, bytes: 32 * 1024 * 1024 };

/** The last revisions, for watches. */
export class History {
  readonly #bounds: HistoryBounds;
  #batches: WatchBatch[] = [];
  #bytes = 0;
  /** The first revision of which everything is known. */
  #firstRevision: number;
  #wake = Promise.withResolvers<undefined>();
  #ended: ControlStoreError | undefined;

  constructor(revision: number, bounds: HistoryBounds = DEFAULT_HISTORY) {
    this.#firstRevision = revision + 1;
    this.#bounds = bounds;
  }

  add(revision: number, events: readonly WatchEvent[]): void {
    this.#batches.push({ revision, events });
    this.#bytes += sizeOf(events);
    // In gulps: dropping one at a time would copy the list with every commit.
    if (this.#batches.length > this.#bounds.revisions * 1.25 || this.#bytes > this.#bounds.bytes * 1.25) this.#shrink();
    this.#signal();
  }

  /** Forgets every revision below this one. */
  compact(below: number): void {
    let count = 0;
    for (const batch of this.#batches) {
      if (batch.revision >= below) break;
      this.#bytes -= sizeOf(batch.events);
      count++;
    }
    this.#drop(count);
    this.#signal();
  }

  /** Every watch throws this from now on. */
  end(error: ControlStoreError): void {
    this.#ended ??= error;
    this.#signal();
  }

  async *watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncGenerator<WatchBatch> {
    let next = Math.max(1, fromRevision);
    // Not a race with the signal: a promise that never settles would keep every one of its races.
    const abort = (): void => this.#signal();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#ended !== undefined) throw this.#ended;
        if (next < this.#firstRevision) {
          throw new ControlStoreError(
            'compacted',
            `revision ${String(next)} is compacted; the oldest kept is ${String(this.#firstRevision)}`,
          );
        }
        const batch = this.#batches[next - this.#firstRevision];
        if (batch === undefined) {
          await this.#wake.promise;
          continue;
        }
        next = batch.revision + 1;
        const events = batch.events.filter((e) => matches(keyOf(e), prefix));
        if (events.length > 0) yield { revision: batch.revision, events };
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #shrink(): void {
    let count = 0;
    for (const batch of this.#batches) {
      if (this.#batches.length - count <= this.#bounds.revisions && this.#bytes <= this.#bounds.bytes) break;
      this.#bytes -= sizeOf(batch.events);
      count++;
    }
    this.#drop(count);
  }

  #drop(count: number): void {
    const last = this.#batches[count - 1];
    if (last === undefined) return;
    this.#batches = this.#batches.slice(count);
    this.#firstRevision = last.revision + 1;
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve(undefined);
  }
}

function matches(key: string, prefix: string): boolean {
  return key.startsWith(prefix) && !isReserved(key);
}

function keyOf(event: WatchEvent): string {
  return event.kind === 'put' ? event.entry.key : event.key;
}

function sizeOf(events: readonly WatchEvent[]): number {
  let total = 64;
  for (const event of events) total += 64 + (event.kind === 'put' ? event.entry.key.length + event.entry.value.length : event.key.length);
  return total;
}
