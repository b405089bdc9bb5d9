import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '@pilvi/simulator';
import { createClients, judgeHistories, runOperations } from '@pilvi/workload';
import type { Verdict } from '@pilvi/workload';
import type { Cluster } from './cluster.ts';
import { strike } from './faults.ts';
import type { FaultName } from './faults.ts';

const BUCKET = 'linearizability';
/** Keys get fresh names so often: each history stays short enough to search. */
const ROUND_MS = 2_500;
/** Long: only what never comes is a failure, on a busy machine too. */
const WHOLE_MS = 300_000;

export interface LinearizabilityOptions {
  readonly seconds: number;
  readonly clients: number;
  /** Whom the faults may hit; nobody: no faults. */
  readonly victims: readonly string[];
  readonly faults: readonly FaultName[];
  /** Ends early at the first violation; looked for this often then. */
  readonly untilViolation?: boolean;
  readonly onProgress?: (text: string) => void;
}

export interface LinearizabilityReport extends Verdict {
  /** How often each fault struck. */
  readonly faults: Readonly<Partial<Record<FaultName, number>>>;
}

/** Concurrent clients on few keys, in rounds of fresh names, while primaries are killed, paused and cut off. */
export async function linearizabilityScenario(cluster: Cluster, options: LinearizabilityOptions): Promise<LinearizabilityReport> {
  const clients = createClients(cluster, options.clients, { maxAttempts: 1, timeoutMs: 8_000 });
  await clients[0]?.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const history: Operation[] = [];
  const untilMs = performance.now() + options.seconds * 1_000;
  const stop = new AbortController();
  const rounds = { now: 0 };
  const ticking = setInterval(() => rounds.now++, ROUND_MS);
  const running = clients.map((client) => runOperations(client, BUCKET, history, () => rounds.now, stop.signal));
  const struck: Partial<Record<FaultName, number>> = {};
  try {
    while (performance.now() < untilMs) {
      await sleep(randomInt(200, 1_500));
      const victim = options.victims[randomInt(Math.max(1, options.victims.length))];
      const fault = pick(options.faults, victim, cluster.endpoints.length);
      if (victim === undefined || fault === undefined) continue;
      if (await strike(fault, cluster, victim, storageNodesOf(options.victims))) struck[fault] = (struck[fault] ?? 0) + 1;
      await cluster.recovered(WHOLE_MS);
      const found = options.untilViolation === true ? judgeHistories(history).violations : [];
      options.onProgress?.(`${JSON.stringify(struck)} ${String(history.length)} operations ${found.join()}`);
      if (found.length > 0) break;
    }
  } finally {
    clearInterval(ticking);
    stop.abort();
    await Promise.all(running);
    for (const client of clients) client.destroy();
  }
  return { ...judgeHistories(history), faults: struck };
}

/** A gateway is killed, or stopped where there is another: what it knows is old when it goes on. */
function pick(faults: readonly FaultName[], victim: string | undefined, gateways: number): FaultName | undefined {
  if (victim?.startsWith('gateway') !== true) return faults[randomInt(Math.max(1, faults.length))];
  return gateways > 1 && faults.includes('pause') && randomInt(2) === 0 ? 'pause' : 'kill';
}

function storageNodesOf(victims: readonly string[]): string[] {
  return victims.filter((name) => name.startsWith('storage'));
}
