import { setTimeout as sleep } from 'node:timers/promises';
import { systemRandom } from '@pilvi/runtime';
import { Connection } from './http/connection.ts';
import type { Endpoint } from './http/connection.ts';
import { Content } from './content.ts';
import { Histogram } from './histogram.ts';
import { KeyPool } from './key-pool.ts';
import { LoadError } from './load-error.ts';
import { pickVerb } from './operation.ts';
import type { Verb, Workload } from './operation.ts';
import { createS3Requests } from './s3-requests.ts';
import type { S3Requests } from './s3-requests.ts';
import { createSigner } from './sign.ts';
import type { Credentials } from './sign.ts';

/** What to run against which endpoint. */
export interface LoadPlan {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly bucket: string;
  readonly workload: Workload;
  readonly sizeBytes: number;
  readonly concurrency: number;
  readonly durationMs: number;
  /** How many keys there are to choose from. */
  readonly keys: number;
  /** Keys of one LIST page. */
  readonly pageKeys: number;
  readonly signPayload: boolean;
  /** The keys are there from an earlier run of the same size: do not put them first. */
  readonly prepared: boolean;
}

export interface LoadProgress {
  readonly phase: 'preparing' | 'running';
  readonly requests: number;
  readonly errors: number;
  readonly elapsedMs: number;
  /** Of the keys to prepare, or of the time to run: 0..1. */
  readonly share: number;
}

/** What happened, as measured at the client. */
export interface LoadResult {
  readonly latency: Readonly<Partial<Record<Verb, Histogram>>>;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly errors: number;
  /** How often each kind of failure came, by its message. */
  readonly errorKinds: ReadonlyMap<string, number>;
  /** Processor time of this process over wall time: near 1, the generator itself was the limit. */
  readonly cpuShare: number;
}

interface Run {
  readonly plan: LoadPlan;
  readonly requests: S3Requests;
  readonly pool: KeyPool;
  readonly latency: Partial<Record<Verb, Histogram>>;
  readonly errorKinds: Map<string, number>;
  requestCount: number;
  errors: number;
  bytes: number;
}

const PROGRESS_EVERY_MS = 1_000;
const PREPARING_CONNECTIONS = 32;
/** After a failure, so that a server that is down is not asked in a tight loop. */
const PAUSE_AFTER_ERROR_MS = 10;
const MOST_ERROR_KINDS = 20;

/** Prepares the keys that the workload reads, then runs it. Throws LoadError when the keys cannot be prepared. */
export async function runLoad(plan: LoadPlan, onProgress: (progress: LoadProgress) => void): Promise<LoadResult> {
  const sign = createSigner(plan.credentials, Date.now);
  const content = new Content();
  const requests = createS3Requests({ ...plan, sign, content });
  const pool = new KeyPool(plan.keys, systemRandom);
  await prepare(plan, requests, pool, onProgress);
  const run: Run = { plan, requests, pool, latency: {}, errorKinds: new Map(), requestCount: 0, errors: 0, bytes: 0 };
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const progress = setInterval(() => {
    const elapsedMs = performance.now() - startedMs;
    onProgress({ phase: 'running', requests: run.requestCount, errors: run.errors, elapsedMs, share: elapsedMs / plan.durationMs });
  }, PROGRESS_EVERY_MS);
  await Promise.all(Array.from({ length: plan.concurrency }, () => work(run, startedMs + plan.durationMs)));
  clearInterval(progress);
  const elapsedMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);
  return { ...run, elapsedMs, cpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs };
}

/** The name of key number `i`: of fixed width, so that names and numbers have the same order. */
export function keyName(i: number): string {
  return `load/${String(i).padStart(9, '0')}`;
}

async function prepare(plan: LoadPlan, requests: S3Requests, pool: KeyPool, onProgress: (progress: LoadProgress) => void): Promise<void> {
  const first = new Connection(plan.endpoint);
  await requests.createBucket(first);
  first.close();
  if (plan.workload === 'put') return;
  const startedMs = performance.now();
  let next = 0;
  const putKeys = async (): Promise<void> => {
    const connection = new Connection(plan.endpoint);
    while (next < plan.keys) {
      const key = next++;
      if (!plan.prepared) await requests.put(connection, keyName(key), plan.sizeBytes);
      pool.release(key, 'put', true);
    }
    connection.close();
  };
  const progress = setInterval(() => {
    onProgress({ phase: 'preparing', requests: next, errors: 0, elapsedMs: performance.now() - startedMs, share: next / plan.keys });
  }, PROGRESS_EVERY_MS);
  try {
    await Promise.all(Array.from({ length: Math.min(PREPARING_CONNECTIONS, plan.concurrency * 8) }, putKeys));
  } finally {
    clearInterval(progress);
  }
}

/** One client: one request after the other on a connection of its own; at least one, on a machine too slow for more. */
async function work(run: Run, endMs: number): Promise<void> {
  const connection = new Connection(run.plan.endpoint);
  do {
    const verb = pickVerb(run.plan.workload, systemRandom.fraction());
    const key = verb === 'list' ? 0 : run.pool.take(verb);
    if (key === undefined) {
      // Every key is deleted, or all are in use: the former ends a run of DELETEs early.
      if (run.plan.workload === 'delete') break;
      await sleep(1);
      continue;
    }
    await measure(run, connection, verb, key);
  } while (performance.now() < endMs);
  connection.close();
}

async function measure(run: Run, connection: Connection, verb: Verb, key: number): Promise<void> {
  const startedMs = performance.now();
  const failed = await request(run, connection, verb, key).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof LoadError) return error;
      throw error;
    },
  );
  if (verb !== 'list') run.pool.release(key, verb, failed === undefined);
  run.requestCount += 1;
  if (failed === undefined) {
    (run.latency[verb] ??= new Histogram()).record((performance.now() - startedMs) * 1000);
    if (verb === 'put' || verb === 'get') run.bytes += run.plan.sizeBytes;
    return;
  }
  connection.close();
  run.errors += 1;
  const kind = `${verb}: ${failed.message}`;
  if (run.errorKinds.has(kind) || run.errorKinds.size < MOST_ERROR_KINDS) run.errorKinds.set(kind, (run.errorKinds.get(kind) ?? 0) + 1);
  await sleep(PAUSE_AFTER_ERROR_MS);
}

async function request(run: Run, connection: Connection, verb: Verb, key: number): Promise<void> {
  const { plan, requests } = run;
  switch (verb) {
    case 'put':
      return requests.put(connection, keyName(key), plan.sizeBytes);
    case 'get':
      return requests.get(connection, keyName(key), plan.sizeBytes);
    case 'head':
      return requests.head(connection, keyName(key));
    case 'delete':
      return requests.delete(connection, keyName(key));
    case 'list':
      return listPage(run, connection);
  }
}

/** A page from a random place: it must hold exactly the keys that follow. */
async function listPage({ plan, requests }: Run, connection: Connection): Promise<void> {
  const limit = Math.min(plan.pageKeys, plan.keys - 1);
  const after = Math.floor(systemRandom.fraction() * (plan.keys - limit));
  const keys = await requests.list(connection, { startAfter: keyName(after), limit });
  if (keys.length !== limit || keys[0] !== keyName(after + 1) || keys.at(-1) !== keyName(after + limit)) {
    throw new LoadError('wrong-answer', `a page after ${keyName(after)} does not hold the ${limit} keys that follow`);
  }
}
