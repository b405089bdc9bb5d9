import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const AGAIN_MS = 50;
/** What says that nobody listens, or that the listener died: the SDK's own retries give up on these within a second or so. */
const NOBODY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'TimeoutError', 'ServiceUnavailable', 'SlowDown', 'InternalError']);
/** A load balancer without a gateway gives no code of S3. */
const UNAVAILABLE = new Set([502, 503, 504]);
/** One disk has no room (W4): somebody frees it, or the node leaves. */
const NO_ROOM = 507;

/** Tries again while no gateway answers, as any client of a single endpoint must, or nothing can be written for want of room. */
export async function patiently<T>(request: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (performance.now() > untilMs || !isToBeTriedAgain(error)) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

function isToBeTriedAgain(error: unknown): boolean {
  const { code, name, $metadata } = error as { code?: string; name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return NOBODY.has(code ?? '') || NOBODY.has(name ?? '') || UNAVAILABLE.has(status) || status === NO_ROOM;
}
