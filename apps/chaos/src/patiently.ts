import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const AGAIN_MS = 50;
/** What says that nobody listens, or that the listener died: the SDK's own retries give up on these within a second or so. */
const NOBODY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'TimeoutError', 'ServiceUnavailable', 'SlowDown', 'InternalError']);

/** Tries again while no gateway answers, as any client of a single endpoint must. */
export async function patiently<T>(request: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const { code, name } = error as { code?: string; name?: string };
      if (performance.now() > untilMs || !(NOBODY.has(code ?? '') || NOBODY.has(name ?? ''))) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
