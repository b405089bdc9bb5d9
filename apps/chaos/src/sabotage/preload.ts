// Loaded before the processes of a cluster that is to be broken on purpose (NODE_OPTIONS=--import=...?...); the product has no switch for it.
import fs from 'node:fs';
import { createRequire, registerHooks, syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

/** By then LevelDB has rotated its log, and writes the table of what was in it. */
const ROTATED_MS = 5;

const { search, searchParams } = new URL(import.meta.url);
const program = process.argv[1] ?? '';
const isStorageNode = program.endsWith('/apps/storage-node/src/main.ts');
const isGateway = program.endsWith('/apps/gateway/src/main.ts');

/** Libraries that a process gets another version of: one that wraps the real one. */
const substitutes: Readonly<Record<string, string>> = {
  ...(isStorageNode && { '@pilvi/replication': new URL(`./replication.ts${search}`, import.meta.url).href }),
  ...(isGateway && { '@pilvi/object-store': new URL(`./object-store.ts${search}`, import.meta.url).href }),
};

registerHooks({
  resolve(specifier, context, next) {
    const substitute = substitutes[specifier];
    // The substitute itself imports the real one.
    return next(substitute === undefined || context.parentURL === substitute ? specifier : substitute, context);
  },
});

if (isStorageNode && searchParams.has('no-fdatasync')) withoutFdatasync();
if (isStorageNode && searchParams.has('no-flush')) withoutFlush();

/** What the replication log makes durable stays in the page cache (D1). Chunks are written past it, and become durable with their directories' fsync. */
function withoutFdatasync(): void {
  fs.fdatasync = ((_fd: number, done: (error: null) => void) => {
    setImmediate(done, null);
  }) as typeof fs.fdatasync;
  syncBuiltinESMExports();
}

interface LevelDb {
  prototype: { compactRange(this: unknown, start: Buffer, end: Buffer): Promise<void> };
}

/** A checkpoint only syncs its marker: the rows that LevelDB's rotated logs held are not yet in a table (D3). */
function withoutFlush(): void {
  const { ClassicLevel } = createRequire(import.meta.resolve('@pilvi/row-store'))('classic-level') as { ClassicLevel: LevelDb };
  const { compactRange } = ClassicLevel.prototype;
  ClassicLevel.prototype.compactRange = function (this: unknown, start, end) {
    // The flush is a compaction of an unused key; the chunk store's compactions of a range go on.
    const flush = start.equals(end);
    const done = compactRange.call(this, start, end);
    done.catch(() => undefined);
    return flush ? sleep(ROTATED_MS) : done;
  };
}
