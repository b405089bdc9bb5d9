import { statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 1;
const CHECKPOINT = '"msg":"checkpoint"';

/** Resolves when any storage node's log (at level debug) tells of a checkpoint made from now on, or after `boundMs`. */
export async function untilCheckpoint(logDir: string, boundMs: number): Promise<void> {
  const files = (await readdir(logDir)).filter((name) => name.startsWith('storage-')).map((name) => join(logDir, name));
  const readTo = new Map(files.map((file) => [file, statSync(file).size]));
  const untilMs = performance.now() + boundMs;
  while (performance.now() < untilMs) {
    for (const [file, from] of readTo) {
      const { size } = statSync(file);
      if (size === from) continue;
      if ((await readFrom(file, from, size)).includes(CHECKPOINT)) return;
      readTo.set(file, size);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function readFrom(file: string, from: number, to: number): Promise<string> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.toString();
}
