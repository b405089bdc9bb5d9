import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, emptyResult, Ledger, readBack, runClient } from '@pilvi/workload';
import { endAtOnce, startCluster } from './cluster.ts';

const BUCKET = 'whole';

export interface WholeKillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unreadable: readonly string[];
  /** From the start of `pilvi up` until it is ready, after each kill. */
  readonly longestStartMs: number;
}

/** `kill -9` of every process of the cluster at once, its supervisor included, under load; started again, everything is read back. */
export async function wholeKillScenario(options: {
  readonly times: number;
  readonly clients: number;
  readonly transport: 'unix' | 'tcp';
  readonly onProgress?: (text: string) => void;
}): Promise<WholeKillReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-chaos-'));
  const ledger = new Ledger();
  const [lost, unreadable] = [new Set<string>(), new Set<string>()];
  let longestStartMs = 0;
  try {
    for (let kills = 0; ; kills++) {
      const startedMs = performance.now();
      const cluster = await startCluster({ dataDir, transport: options.transport });
      if (kills > 0) longestStartMs = Math.max(longestStartMs, Math.round(performance.now() - startedMs));
      const client = createClient(cluster, { maxAttempts: 1, timeoutMs: 20_000 });
      if (kills === 0) await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      const found = await readBack(client, BUCKET, ledger);
      for (const wrong of found.lost) lost.add(wrong);
      for (const failed of found.unreadable) unreadable.add(failed);
      options.onProgress?.(`${String(kills)} kills, ${String(ledger.acknowledgements)} writes acknowledged, ${String(lost.size)} lost`);
      if (kills === options.times) {
        await cluster.stop();
        return { kills, acknowledged: ledger.acknowledgements, lost: [...lost], unreadable: [...unreadable], longestStartMs };
      }
      const stop = new AbortController();
      const load = { bucket: BUCKET, ledger, result: emptyResult(), signal: stop.signal, patienceMs: 0 };
      const running = Array.from({ length: options.clients }, (_, id) => runClient(client, { ...load, id }));
      await sleep(randomInt(500, 3_000));
      stop.abort();
      await endAtOnce(await cluster.pids());
      await Promise.all(running);
      client.destroy();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
