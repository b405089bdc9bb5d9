import { watch } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSOLE_LOG, keepConsole, PREVIOUS, withoutPrefixes } from './console-log.ts';

const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * What the task wrote and writes, until `ended` aborts and all is read. The file under conmon's hand is held open: it is read to its end, even when a new one
 * has taken its name. One file that came and went while nobody read is not missed.
 */
export async function* followConsoleLog(directory: string, ended: AbortSignal): AsyncGenerator<Buffer> {
  await keepConsole(directory);
  yield withoutPrefixes(await readFile(join(directory, PREVIOUS)).catch(() => Buffer.alloc(0)));
  const changes = watchDirectory(directory, ended);
  try {
    for (;;) {
      await using file = await open(join(directory, CONSOLE_LOG)).catch(() => undefined);
      if (file === undefined) {
        if (ended.aborted) return;
        await changes.next();
        continue;
      }
      const reader = lineReader(file);
      for (let isLast = false; !isLast;) {
        // In this order: what is written before its end, or before the new file, is then there to be read.
        const isOver = ended.aborted;
        isLast = isOver || !(await isStillUnderName(file, directory));
        yield* reader();
        if (isOver) return;
        if (!isLast) await changes.next();
      }
    }
  } finally {
    changes.close();
  }
}

/** Each call gives the lines from where the last one came to; half a one at the end is left for the next time. */
function lineReader(file: FileHandle): () => AsyncGenerator<Buffer> {
  let offset = 0;
  return async function* () {
    const buffer = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
      if (end === 0) return;
      offset += end;
      yield Buffer.from(withoutPrefixes(buffer.subarray(0, end)));
    }
  };
}

async function isStillUnderName(file: FileHandle, directory: string): Promise<boolean> {
  const [own, named] = await Promise.all([file.stat(), stat(join(directory, CONSOLE_LOG)).catch(() => undefined)]);
  return named === undefined || named.ino === own.ino;
}

/** `next` resolves when something has changed since the last time it did. */
function watchDirectory(directory: string, ended: AbortSignal): { next(): Promise<void>; close(): void } {
  let change = Promise.withResolvers<undefined>();
  const changed = (): void => change.resolve(undefined);
  const watcher = watch(directory, changed);
  watcher.on('error', changed);
  ended.addEventListener('abort', changed, { once: true });
  return {
    async next() {
      if (!ended.aborted) await change.promise;
      change = Promise.withResolvers();
    },
    close() {
      watcher.close();
      ended.removeEventListener('abort', changed);
    },
  };
}
