import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 500;
/** A look that is not answered by then is given up: an engine sometimes forgets to end an answer. */
const LOOK_MS = 30_000;

/** Looks twice a second until it is so; true, or false when the time was over first. Throws what a look throws. */
export async function waitUntil(isSo: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    if (await inTime(isSo(), LOOK_MS)) return true;
    if (performance.now() > untilMs) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

async function inTime(look: Promise<boolean>, boundMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), boundMs);
  });
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
}
