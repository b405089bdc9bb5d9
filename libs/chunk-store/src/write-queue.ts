import type { Database } from './open-database.ts';

interface Pending {
  readonly operations: readonly Operation[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export type Operation =
  { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer } | { readonly type: 'del'; readonly key: Buffer };

/** A batch is copied by LevelDB several times: bounded, so that memory is. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** Group commit: one synced batch in flight, and all that comes meanwhile forms the next. */
export interface WriteQueue {
  /** Resolves when the operations are on disk. After the first failure everything is refused (D5). */
  write(operations: readonly Operation[], bytes: number): Promise<void>;
  /** Resolves when nothing is under way. */
  drained(): Promise<void>;
}

/** `wrap` makes the error that writers get; it is called once, with LevelDB's (D5). */
export function createWriteQueue(db: Database, wrap: (cause: unknown) => Error): WriteQueue {
  const waiting: Pending[] = [];
  let running: Promise<void> | undefined;
  let failed: Error | undefined;

  function takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || bytes + (waiting[count]?.bytes ?? 0) <= MAX_BATCH_BYTES))
      bytes += waiting[count++]?.bytes ?? 0;
    return waiting.splice(0, count);
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        if (failed !== undefined) throw failed;
        await db.batch(
          batch.flatMap((p) => p.operations),
          { sync: true },
        );
        for (const p of batch) p.resolve();
      } catch (error) {
        failed ??= wrap(error);
        for (const p of batch) p.reject(failed);
      }
    }
    running = undefined;
  }

  return {
    write(operations, bytes) {
      if (failed !== undefined) return Promise.reject(failed);
      return new Promise((resolve, reject) => {
        waiting.push({ operations, bytes, resolve, reject });
        running ??= run();
      });
    },
    async drained() {
      await running;
    },
  };
}
