import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, digestOf, Ledger, readBack } from '@pilvi/workload';
import type { Cluster } from './cluster.ts';

const BUCKET = 'rolling';
const SIZES = [1_000, 30_000, 100_000, 1_500_000];
const KEYS_PER_CLIENT = 20;
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 50;
/** Between two restarts, for requests that go the ordinary way. */
const REST_MS = 1_000;

export interface RollingRestartOptions {
  /** Where clients send their requests: a load balancer, or the one gateway. */
  readonly endpoint: string;
  /** In the order in which they are restarted. */
  readonly processes: readonly string[];
  readonly rounds: number;
  readonly clients: number;
  readonly onProgress?: (text: string) => void;
}

export interface RollingRestartReport {
  readonly restarts: number;
  readonly requests: number;
  readonly acknowledged: number;
  /** Requests that had no good answer; no client tries again. */
  readonly failed: readonly string[];
  /** Acknowledged and not as it should be, or read and never written. */
  readonly lost: readonly string[];
  readonly longestMs: number;
}

/** L4: every process is asked to stop, one at a time, each when the one before is well again, and clients that never try twice notice nothing. */
export async function rollingRestartScenario(cluster: Cluster, options: RollingRestartOptions): Promise<RollingRestartReport> {
  const target = { endpoint: options.endpoint, credentials: cluster.credentials };
  const clients = Array.from({ length: options.clients }, () => createClient(target, { maxAttempts: 1, timeoutMs: 30_000 }));
  await createClient(target, { maxAttempts: 8, timeoutMs: 30_000 }).send(new CreateBucketCommand({ Bucket: BUCKET }));
  const state: State = { ledger: new Ledger(), failed: [], lost: [], requests: 0, longestMs: 0, restarting: '' };
  const stop = new AbortController();
  const running = clients.map((client, id) => runClient(client, id, state, stop.signal));
  let restarts = 0;
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const name of options.processes) {
        state.restarting = name;
        await restart(cluster, name);
        restarts++;
        options.onProgress?.(`${name}: ${String(state.requests)} requests, ${String(state.failed.length)} failed`);
        await sleep(REST_MS);
      }
    }
  } finally {
    stop.abort();
    await Promise.all(running);
  }
  const { lost, unreadable } = await readBack(clients[0]!, BUCKET, state.ledger);
  for (const client of clients) client.destroy();
  return {
    restarts,
    requests: state.requests,
    acknowledged: state.ledger.acknowledgements,
    failed: [...state.failed, ...unreadable],
    lost: [...state.lost, ...lost],
    longestMs: Math.round(state.longestMs),
  };
}

/** SIGTERM; the supervisor starts it again. Resolves when the cluster has all its copies again, and the process is a new one. */
async function restart(cluster: Cluster, name: string): Promise<void> {
  const before = await cluster.pid(name);
  if (before === undefined) throw new Error(`${name} does not run`);
  process.kill(before, 'SIGTERM');
  const untilMs = performance.now() + PATIENCE_MS;
  for (let now = await cluster.pid(name); now === undefined || now === before; now = await cluster.pid(name)) {
    if (performance.now() > untilMs) throw new Error(`${name} was not started again`);
    await sleep(LOOK_EVERY_MS);
  }
  // The next gateway may go only when this one serves: another one answers for the cluster.
  const endpoint = cluster.endpoints[Number(/^gateway-(\d+)$/.exec(name)?.[1]) - 1];
  while (endpoint !== undefined && !(await isReady(endpoint))) {
    if (performance.now() > untilMs) throw new Error(`${name} does not serve again`);
    await sleep(LOOK_EVERY_MS);
  }
  await cluster.recovered(PATIENCE_MS);
}

function isReady(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/_pilvi/ready`).then(
    (response) => response.ok,
    () => false,
  );
}

interface State {
  readonly ledger: Ledger;
  readonly failed: string[];
  readonly lost: string[];
  requests: number;
  longestMs: number;
  restarting: string;
}

/** One client with keys of its own, one request at a time. */
async function runClient(client: S3Client, id: number, state: State, signal: AbortSignal): Promise<void> {
  const { ledger } = state;
  while (!signal.aborted) {
    const at = { Bucket: BUCKET, Key: `client-${String(id)}/${String(randomInt(KEYS_PER_CLIENT))}` };
    const dice = randomInt(100);
    const beganMs = performance.now();
    state.requests++;
    try {
      if (dice < 45) {
        const body = randomBytes(SIZES[randomInt(SIZES.length)]!);
        ledger.unknown(at.Key, digestOf(body));
        await client.send(new PutObjectCommand({ ...at, Body: body }));
        ledger.acknowledged(at.Key, digestOf(body));
      } else if (dice < 90) {
        const wrong = ledger.check(at.Key, await read(client, at));
        if (wrong !== undefined) state.lost.push(wrong);
      } else {
        ledger.unknown(at.Key, null);
        await client.send(new DeleteObjectCommand(at));
        ledger.acknowledged(at.Key, null);
      }
    } catch (error) {
      const { name, message, code } = error as Error & { code?: string };
      state.failed.push(`while ${state.restarting} restarts: ${code ?? name}: ${message}`);
    }
    state.longestMs = Math.max(state.longestMs, performance.now() - beganMs);
  }
}

/** The digest of what is stored; `null` for nothing. */
async function read(client: S3Client, at: { Bucket: string; Key: string }): Promise<string | null> {
  try {
    const answer = await client.send(new GetObjectCommand(at));
    return digestOf((await answer.Body?.transformToByteArray()) ?? new Uint8Array());
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return null;
    throw error;
  }
}
