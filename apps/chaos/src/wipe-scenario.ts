import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, emptyResult, Ledger, readBack, runClient } from '@pilvi/workload';
import type { Cluster } from './cluster.ts';

const BUCKET = 'wipe';
const LOAD_MS = 3_000;
const WHOLE_MS = 300_000;

export interface WipeReport {
  readonly wipes: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
  /** From the restart with an empty directory until `status` shows every piece three times, under load. */
  readonly refillMs: readonly number[];
}

/**
 * One node after another is killed, its data directory deleted, and it is started again, under load. The next is wiped only when `status` shows
 * everything three times; after three, nothing is left of what was first written but what was copied.
 */
export async function wipeScenario(
  cluster: Cluster,
  options: {
    readonly times: number;
    readonly clients: number;
    readonly nodes: readonly string[];
    readonly onProgress?: (text: string) => void;
  },
): Promise<WipeReport> {
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const ledger = new Ledger();
  const stop = new AbortController();
  const load = { bucket: BUCKET, ledger, result: emptyResult(), signal: stop.signal };
  const running = Array.from({ length: options.clients }, (_, id) => runClient(client, { ...load, id }));
  const refillMs: number[] = [];
  try {
    for (let wipes = 0; wipes < options.times; wipes++) {
      await sleep(LOAD_MS);
      const name = options.nodes[wipes % options.nodes.length] ?? 'storage-1';
      // Killed first, as by a failing machine; the supervisor is told to leave it down while its directory goes.
      await cluster.kill(name);
      await cluster.command(['node', 'stop', name]);
      await rm(join(cluster.dataDir, name), { recursive: true, force: true });
      await cluster.command(['node', 'start', name]);
      const startedMs = performance.now();
      await cluster.whole(WHOLE_MS);
      refillMs.push(Math.round(performance.now() - startedMs));
      options.onProgress?.(
        `${name} wiped and refilled in ${String(refillMs.at(-1))} ms; ${String(ledger.acknowledgements)} writes acknowledged`,
      );
    }
  } finally {
    stop.abort();
    await Promise.all(running);
  }
  const found = await readBack(client, BUCKET, ledger);
  client.destroy();
  return {
    wipes: options.times,
    acknowledged: ledger.acknowledgements,
    lost: [...load.result.wrong, ...found.lost],
    unreadable: [...load.result.failedReads, ...found.unreadable],
    refillMs,
  };
}
