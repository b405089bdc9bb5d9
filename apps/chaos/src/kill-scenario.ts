import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from './client.ts';
import type { Cluster } from './cluster.ts';
import { Ledger } from './ledger.ts';
import { emptyResult, raceOnce, readDigest, runClient } from './workload.ts';
import type { WorkloadResult } from './workload.ts';

const BUCKET = 'chaos';
const WHOLE_MS = 60_000;

export interface KillOptions {
  readonly times: number;
  /** Whose processes may be killed. */
  readonly victims: readonly string[];
  readonly clients: number;
  readonly onProgress?: (text: string) => void;
}

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly operations: number;
  /** Acknowledged and not as it should be, or read and never written. */
  readonly lost: readonly string[];
  readonly failedReads: readonly string[];
  readonly failedWrites: number;
  readonly doubleWinners: readonly string[];
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
}

/** `kill -9` at random moments under load; the next kill waits until the cluster is whole again, then everything is read back. */
export async function killScenario(cluster: Cluster, options: KillOptions): Promise<KillReport> {
  const clients = Array.from({ length: options.clients }, () => createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 }));
  const [first] = clients;
  if (first === undefined) throw new Error('at least one client');
  await first.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const ledger = new Ledger();
  const result = emptyResult();
  const stop = new AbortController();
  const running = clients.map((client, id) => runClient(client, { bucket: BUCKET, id, ledger, result, signal: stop.signal }));
  const racing = race(clients, result, stop.signal);
  try {
    for (let i = 0; i < options.times; i++) {
      await sleep(randomInt(50, 600));
      const victim = options.victims[randomInt(options.victims.length)] ?? 'storage-1';
      await cluster.kill(victim);
      options.onProgress?.(
        `kill ${String(i + 1)} of ${String(options.times)}: ${victim}; ${String(ledger.acknowledgements)} writes acknowledged, ${String(result.wrong.length)} wrong`,
      );
      await sleep(100);
      await cluster.whole(WHOLE_MS);
    }
  } finally {
    stop.abort();
    await Promise.all([...running, racing]);
  }
  await readBack(first, ledger, result);
  for (const client of clients) client.destroy();
  return report(options.times, ledger, result);
}

async function race(clients: Parameters<typeof raceOnce>[0], result: WorkloadResult, signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    await raceOnce(clients.slice(0, 2), BUCKET, `race/${String(i)}`, result);
    await sleep(20);
  }
}

async function readBack(client: Parameters<typeof readDigest>[0], ledger: Ledger, result: WorkloadResult): Promise<void> {
  for (const key of ledger.keys()) {
    const found = await readDigest(client, BUCKET, key);
    if (found.failed !== undefined) result.failedReads.push(`${key}: ${found.failed}`);
    else {
      const wrong = ledger.check(key, found.digest);
      if (wrong !== undefined) result.wrong.push(wrong);
    }
  }
}

function report(kills: number, ledger: Ledger, result: WorkloadResult): KillReport {
  const longest = (ms: readonly number[]): number => Math.round(ms.reduce((a, b) => Math.max(a, b), 0));
  return {
    kills,
    acknowledged: ledger.acknowledgements,
    operations: result.operations,
    lost: result.wrong,
    failedReads: result.failedReads,
    failedWrites: result.failedWrites,
    doubleWinners: result.doubleWinners,
    longestWriteMs: longest(result.stalls.writesMs),
    longestReadMs: longest(result.stalls.readsMs),
  };
}
