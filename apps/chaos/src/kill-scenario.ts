import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClients, emptyResult, Ledger, raceOnce, readBack, runClient } from '@pilvi/workload';
import type { Timing, WorkloadResult } from '@pilvi/workload';
import type { Cluster } from './cluster.ts';

const BUCKET = 'chaos';
/** Long: only what never comes is a failure, on a busy machine too. */
const WHOLE_MS = 300_000;
/** How many of the longest operations a report tells. */
const SLOWEST = 12;

export interface KillOptions {
  readonly times: number;
  /** Whose processes may be killed. */
  readonly victims: readonly string[];
  readonly clients: number;
  /** Load without kills before the first one. */
  readonly quietMs?: number;
  /** From one kill to the next, at least; a kill waits in any case until the one before is recovered from. */
  readonly everyMs?: number;
  readonly onProgress?: (text: string) => void;
}

export interface Stall {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly longest: number;
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
  /** Of all operations, retries included: the middle one, the hundredth and the thousandth longest share, the longest. */
  readonly writesMs: Stall;
  readonly readsMs: Stall;
  /** The same under the same load before the first kill: what the machine takes without any. */
  readonly withoutKills: { readonly operations: number; readonly writesMs: Stall; readonly readsMs: Stall };
  /** How long after each kill the last of the operations ended that were under way at it. */
  readonly afterEachKillMs: readonly number[];
  /** The longest ones, told by when they began. */
  readonly slowest: readonly string[];
}

interface Kill {
  readonly victim: string;
  /** On the monotonic clock. */
  readonly atMs: number;
}

/** `kill -9` at random moments under load; the next kill waits until every partition has its copies again; in the end everything is read back. */
export async function killScenario(cluster: Cluster, options: KillOptions): Promise<KillReport> {
  const clients = createClients(cluster, options.clients, { maxAttempts: 8, timeoutMs: 20_000 });
  const [first] = clients;
  if (first === undefined) throw new Error('at least one client');
  await first.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const ledger = new Ledger();
  const result = emptyResult();
  const kills: Kill[] = [];
  const stop = new AbortController();
  const running = clients.map((client, id) => runClient(client, { bucket: BUCKET, id, ledger, result, signal: stop.signal }));
  const racing = race(clients, result, stop.signal);
  let firstKillMs = Infinity;
  try {
    await untilBusy(result, options.clients);
    await sleep(options.quietMs ?? 0);
    firstKillMs = performance.now();
    for (let i = 0; i < options.times; i++) {
      await untilBusy(result, options.clients);
      const sinceLastMs = performance.now() - (kills.at(-1)?.atMs ?? -Infinity);
      await sleep(Math.max(0, (options.everyMs ?? 0) - sinceLastMs) + randomInt(50, 600));
      const victim = options.victims[randomInt(options.victims.length)] ?? 'storage-1';
      kills.push({ victim, atMs: performance.now() });
      await cluster.kill(victim);
      options.onProgress?.(
        `kill ${String(i + 1)} of ${String(options.times)}: ${victim}; ${String(ledger.acknowledgements)} writes acknowledged, ${String(result.wrong.length)} wrong`,
      );
      // Not until every object has its copies: on a busy machine some holder always lags behind a PUT.
      await cluster.recovered(WHOLE_MS);
    }
  } finally {
    stop.abort();
    await Promise.all([...running, racing]);
  }
  // What was killed has returned and caught up.
  await cluster.whole(WHOLE_MS);
  const found = await readBack(first, BUCKET, ledger);
  result.wrong.push(...found.lost);
  result.failedReads.push(...found.unreadable);
  for (const client of clients) client.destroy();
  return report(kills, ledger, result, firstKillMs);
}

/** Requests go through again: a kill of a cluster that serves nobody yet would show little. */
async function untilBusy(result: WorkloadResult, clients: number): Promise<void> {
  const enough = result.operations + 2 * clients;
  const untilMs = performance.now() + WHOLE_MS;
  while (result.operations < enough && performance.now() < untilMs) await sleep(20);
}

async function race(clients: Parameters<typeof raceOnce>[0], result: WorkloadResult, signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    await raceOnce(clients.slice(0, 2), BUCKET, `race/${String(i)}`, result);
    await sleep(20);
  }
}

function report(kills: readonly Kill[], ledger: Ledger, result: WorkloadResult, firstKillMs: number): KillReport {
  const before = result.timings.filter(({ beganMs, tookMs }) => beganMs + tookMs < firstKillMs);
  const timings = result.timings.filter(({ beganMs, tookMs }) => beganMs + tookMs >= firstKillMs);
  return {
    kills: kills.length,
    acknowledged: ledger.acknowledgements,
    operations: result.operations,
    lost: result.wrong,
    failedReads: result.failedReads,
    failedWrites: result.failedWrites,
    doubleWinners: result.doubleWinners,
    ...stallsOf(timings),
    withoutKills: { operations: before.length, ...stallsOf(before) },
    afterEachKillMs: kills.map(({ atMs }) => lastEndAfter(atMs, timings)),
    slowest: timings
      .toSorted((a, b) => b.tookMs - a.tookMs)
      .slice(0, SLOWEST)
      .map((timing) => tell(timing, kills)),
  };
}

function lastEndAfter(atMs: number, timings: readonly Timing[]): number {
  return Math.round(timings.reduce((last, { beganMs, tookMs }) => (beganMs <= atMs ? Math.max(last, beganMs + tookMs - atMs) : last), 0));
}

function tell({ operation, sizeBytes, beganMs, tookMs }: Timing, kills: readonly Kill[]): string {
  // The kill that came during it, or the last one before it.
  const kill = kills.findLast(({ atMs }) => atMs <= beganMs + tookMs);
  const when =
    kill === undefined
      ? 'before any kill'
      : `from ${(beganMs - kill.atMs).toFixed(0)} ms after kill ${String(kills.indexOf(kill) + 1)} (${kill.victim})`;
  return `${operation} of ${String(sizeBytes)} bytes took ${tookMs.toFixed(0)} ms, ${when}`;
}

function stallsOf(timings: readonly Timing[]): { writesMs: Stall; readsMs: Stall } {
  return {
    writesMs: stallOf(timings.filter((timing) => timing.operation !== 'get')),
    readsMs: stallOf(timings.filter((timing) => timing.operation === 'get')),
  };
}

function stallOf(timings: readonly Timing[]): Stall {
  const sorted = timings.map((timing) => timing.tookMs).toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), longest: at(1) };
}
