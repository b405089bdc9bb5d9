import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '@pilvi/testcontainers';

const SCRUB_MS = 300_000;
const LOOK_EVERY_MS = 500;

/**
 * Every node reads all it stores again; resolves when all have, or were found damaged and begin anew. Answers the names of those that mended something, or began
 * anew.
 */
export async function scrubAll(cluster: Cluster): Promise<readonly string[]> {
  const before = new Map((await cluster.status()).nodes.map((node) => [node.name, node]));
  await cluster.scrub();
  const untilMs = performance.now() + SCRUB_MS;
  for (;;) {
    const { nodes } = await cluster.status();
    const states = nodes.map(({ name, incarnation, scrub }) => {
      const known = before.get(name);
      const beganAnew = incarnation !== known?.incarnation;
      const hasEnded = !scrub.running && scrub.finishedMs !== known?.scrub.finishedMs;
      return { name, isDone: beganAnew || hasEnded, hasMended: beganAnew || scrub.healed > (known?.scrub.healed ?? 0) };
    });
    if (states.every(({ isDone }) => isDone)) return states.filter(({ hasMended }) => hasMended).map(({ name }) => name);
    assert.ok(performance.now() < untilMs, `the scrub ends: ${JSON.stringify(states)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
