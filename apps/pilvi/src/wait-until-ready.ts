import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthDocument } from '@pilvi/admin-api';

const ASK_EVERY_MS = 50;
const ONE_ANSWER_MS = 2_000;

/** Polls until a compute node has called, or `withinMs` has passed: answers why instances cannot be run, else nothing. */
export async function waitForCompute(endpoint: string, withinMs: number, signal: AbortSignal): Promise<string> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const { health } = await ask(endpoint);
    if (health.compute.nodes > 0 || performance.now() > untilMs) return health.compute.reason;
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}

/**
 * Polls `GET /_pilvi/health` until it answers 200. `onReason` is told each new reason for waiting.
 * Rejects with the signal's reason when aborted; waits without limit otherwise, as a cluster that heals will come.
 */
export async function waitUntilReady(endpoint: string, onReason: (reason: string) => void, signal: AbortSignal): Promise<HealthDocument> {
  let told = '';
  for (;;) {
    const { ready, health } = await ask(endpoint);
    if (ready) return health;
    signal.throwIfAborted();
    if (health.reason !== told) onReason((told = health.reason));
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}

const NOTHING_HEARD: HealthDocument = {
  status: 'unavailable',
  reason: 'waiting for the gateway',
  redundant: false,
  controlStore: '',
  compute: { nodes: 0, reason: '' },
};

async function ask(endpoint: string): Promise<{ ready: boolean; health: HealthDocument }> {
  const request = endpoint.startsWith('https:') ? httpsRequest : httpRequest;
  const { promise, resolve, reject } = Promise.withResolvers<{ ready: boolean; health: HealthDocument }>();
  // Whether the certificate suits this name is the clients' question; here it is only asked whether our own gateway is up.
  const options = { signal: AbortSignal.timeout(ONE_ANSWER_MS), rejectUnauthorized: false, agent: false as const };
  request(`${endpoint}/_pilvi/health`, options, (response) => {
    text(response)
      .then((body) => {
        resolve({ ready: response.statusCode === 200, health: JSON.parse(body) as HealthDocument });
      })
      .catch(reject);
  })
    .once('error', reject)
    .end();
  try {
    return await promise;
  } catch {
    return { ready: false, health: NOTHING_HEARD };
  }
}
