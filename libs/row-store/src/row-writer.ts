import type { RowChange } from '@pilvi/object-index';
import type { Database } from './open-database.ts';

export type Operation =
  { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer } | { readonly type: 'del'; readonly key: Buffer };

interface Waiter {
  readonly batch: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Boundary {
  readonly captured: () => void;
  readonly written: () => void;
  readonly failed: (error: Error) => void;
}

/** Writes rows to LevelDB, unsynced: one batch in flight, and what comes meanwhile forms the next (measured: six times the writes of one by one). */
export interface RowWriter {
  /** The batch that what is added now will be written with. */
  readonly nextBatch: number;
  add(changes: readonly RowChange[]): void;
  /** Resolves when all that was added so far is in LevelDB; what is added later is not waited for. Rejects after a write error. */
  flushed(): Promise<void>;
  /**
   * Calls `capture` at the instant at which all that was added so far makes a batch, and `use` when that batch, and nothing later, is in LevelDB:
   * so `use` may take a snapshot of exactly what `capture` saw.
   */
  atBoundary<S, T>(capture: () => S, use: (state: S) => T): Promise<T>;
}

export interface RowWriterHooks {
  /** What goes with the batch that is being formed. */
  readonly onBatch: () => readonly Operation[];
  readonly onWritten: (batch: number) => void;
  /** D5: called once, with the first error; its result is what waiters get. */
  readonly onError: (cause: unknown) => Error;
}

/** A batch costs about 70 µs of processor time beside 25 µs for each of its rows (measured, rows of 4 KiB): it waits so long for company. */
const GATHER_MS = 4;
const GATHER_ROWS = 256;

export function createRowWriter(db: Database, hooks: RowWriterHooks): RowWriter {
  let queue: Operation[] = [];
  let boundaries: Boundary[] = [];
  let nextBatch = 1;
  let written = 0;
  let running = false;
  let failed: Error | undefined;
  let waiters: Waiter[] = [];
  /** Ends the gathering of a batch. */
  let hurry: (() => void) | undefined;

  async function writeBatch(): Promise<void> {
    const operations = queue.length > 0 ? [...queue, ...hooks.onBatch()] : queue;
    const reached = boundaries;
    const batch = nextBatch++;
    queue = [];
    boundaries = [];
    for (const b of reached) b.captured();
    try {
      if (operations.length > 0) await db.batch([...operations]);
    } catch (error) {
      fail(hooks.onError(error), reached);
      return;
    }
    written = batch;
    hooks.onWritten(batch);
    for (const b of reached) b.written();
    while (waiters[0] !== undefined && waiters[0].batch <= written) waiters.shift()?.resolve();
  }

  function fail(error: Error, reached: readonly Boundary[]): void {
    failed = error;
    for (const b of [...reached, ...boundaries]) b.failed(error);
    for (const w of waiters) w.reject(error);
    waiters = [];
    boundaries = [];
    queue = [];
  }

  async function run(): Promise<void> {
    while (failed === undefined && (queue.length > 0 || boundaries.length > 0)) {
      await gathered();
      await writeBatch();
    }
    running = false;
  }

  /** Rows not yet written are read from memory, so nobody but those who ask for a flush waits for a batch: it may gather. */
  async function gathered(): Promise<void> {
    // What is added in this turn of the event loop goes together in any case.
    await Promise.resolve();
    if (waiters.length > 0 || boundaries.length > 0 || queue.length >= GATHER_ROWS) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    hurry = undefined;
  }

  function start(): void {
    if (running) return;
    running = true;
    void run();
  }

  return {
    get nextBatch() {
      return nextBatch;
    },
    add(changes) {
      if (failed !== undefined) return;
      for (const { key, value } of changes) queue.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
      if (queue.length >= GATHER_ROWS) hurry?.();
      start();
    },
    flushed() {
      if (failed !== undefined) return Promise.reject(failed);
      const batch = queue.length > 0 ? nextBatch : nextBatch - 1;
      if (batch <= written) return Promise.resolve();
      hurry?.();
      return new Promise((resolve, reject) => waiters.push({ batch, resolve, reject }));
    },
    atBoundary<S, T>(capture: () => S, use: (state: S) => T) {
      if (failed !== undefined) return Promise.reject(failed);
      return new Promise<T>((resolve, reject) => {
        let state: S | undefined;
        boundaries.push({
          captured: () => (state = capture()),
          written: () => {
            resolve(use(state as S));
          },
          failed: reject,
        });
        hurry?.();
        start();
      });
    },
  };
}
