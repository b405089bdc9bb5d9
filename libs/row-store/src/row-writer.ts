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

export function createRowWriter(db: Database, hooks: RowWriterHooks): RowWriter {
  let queue: Operation[] = [];
  let boundaries: Boundary[] = [];
  let nextBatch = 1;
  let written = 0;
  let running = false;
  let failed: Error | undefined;
  let waiters: Waiter[] = [];

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
    // What is added in this turn of the event loop goes together.
    await Promise.resolve();
    while (failed === undefined && (queue.length > 0 || boundaries.length > 0)) await writeBatch();
    running = false;
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
      start();
    },
    flushed() {
      if (failed !== undefined) return Promise.reject(failed);
      const batch = queue.length > 0 ? nextBatch : nextBatch - 1;
      if (batch <= written) return Promise.resolve();
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
        start();
      });
    },
  };
}
