import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScrubDocument } from '@pilvi/admin-api';
import { createClient, digestOf, Ledger, patiently, readDigest } from '@pilvi/workload';
import { askSocket } from './ask-socket.ts';
import type { Cluster } from './cluster.ts';
import { damage } from './damage-kinds.ts';
import type { DamageKind } from './damage-kinds.ts';
import { detectedIn } from './detected-in.ts';
import { unsoundPieces } from './unsound-pieces.ts';

const BUCKET = 'damage';
const WHOLE_MS = 180_000;
/** Checkpoints often, so that there are tables to damage. */
export const DAMAGE_ENVIRONMENT = { PILVI_CHECKPOINT_EVERY_MS: '2000' };
const LOOK_EVERY_MS = 200;
const GATEWAY = 'gateway-1';
/** In the index record; one chunk; several. */
const SIZES = [900, 20_000, 200_000, 2_500_000];
const COPIES = 3;

export interface DamageCase {
  readonly kind: DamageKind;
  readonly how: 'flip' | 'delete';
  readonly when: 'running' | 'stopped';
  /** The process whose file it is. */
  readonly process: string;
}

export interface DamageResult {
  readonly kind: string;
  readonly how: string;
  readonly when: string;
  readonly process: string;
  /** Which file, and where; undefined when there was none of this kind. */
  readonly hit: string | undefined;
  /** The first line of the log that speaks of it; empty when nobody noticed (a byte that nothing depends on, or state that is only derived). */
  readonly detected: string;
  readonly healedMs: number;
  /** What was read wrong or could not be read while it lasted, and what was not whole in the end. */
  readonly wrong: readonly string[];
}

export interface DamageOptions {
  readonly objects: number;
  readonly onResult?: (result: DamageResult) => void;
}

/**
 * Damages stored files one after the other, of processes that run and of stopped ones. All that was acknowledged is read throughout; after each case a scrub
 * is asked for, and every piece must be sound on every node that should hold it.
 */
export async function damageScenario(cluster: Cluster, cases: readonly DamageCase[], options: DamageOptions): Promise<DamageResult[]> {
  const client = createClient(cluster, { maxAttempts: 8, timeoutMs: 20_000 });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const ledger = new Ledger();
  for (let i = 0; i < options.objects; i++) await write(client, ledger, `key-${String(i)}`, i);
  await refilled(cluster);
  const results: DamageResult[] = [];
  for (const [i, one] of cases.entries()) {
    // Something new each time, so that no log of a database is empty.
    for (const size of SIZES.keys()) await write(client, ledger, `new-${String(size)}`, size);
    const result = await runCase(cluster, client, ledger, one).catch((error: unknown) => failed(one, error));
    results.push(result);
    options.onResult?.(result);
    if (result.wrong.length > 0 && i + 1 < cases.length) await refilled(cluster);
  }
  client.destroy();
  return results;
}

/** Every kind, flipped and deleted, running and stopped; storage nodes take turns. */
export function allCases(kinds: readonly DamageKind[], victims: readonly string[]): DamageCase[] {
  const cases: DamageCase[] = [];
  for (const kind of kinds) {
    for (const how of kind.file === undefined ? (['delete'] as const) : (['flip', 'delete'] as const)) {
      for (const when of ['running', 'stopped'] as const) {
        const process = kind.of === 'gateway' ? GATEWAY : (victims[cases.length % victims.length] ?? GATEWAY);
        cases.push({ kind, how, when, process });
      }
    }
  }
  return cases;
}

async function runCase(cluster: Cluster, client: S3Client, ledger: Ledger, one: DamageCase): Promise<DamageResult> {
  const { kind, how, when, process } = one;
  const logFile = join(cluster.dataDir, 'log', `${process}.log`);
  const logFrom = (await stat(logFile)).size;
  const stop = new AbortController();
  const reading = readAgainAndAgain(client, ledger, stop.signal);
  const startedMs = performance.now();
  let hit: string | undefined;
  let healedMs = 0;
  const wrong: string[] = [];
  try {
    if (when === 'stopped') await control(cluster, `/processes/${process}/stop`);
    hit = await damage(kind, join(cluster.dataDir, process), how);
    if (when === 'stopped') await started(logFile, () => control(cluster, `/processes/${process}/start`));
    await refilled(cluster);
    await scrubbed(cluster);
    await refilled(cluster);
    healedMs = Math.round(performance.now() - startedMs);
    if (when === 'running') {
      // What only a start reads.
      await started(logFile, () => cluster.kill(process));
      await refilled(cluster);
      await scrubbed(cluster);
      await refilled(cluster);
    }
    wrong.push(...(await unsoundPieces(cluster, { bucket: BUCKET, keys: ledger.keys(), copies: COPIES })));
  } finally {
    stop.abort();
    wrong.push(...(await reading));
  }
  return { kind: kind.name, how, when, process, hit, detected: await detectedIn(logFile, logFrom), healedMs, wrong };
}

function failed({ kind, how, when, process }: DamageCase, error: unknown): DamageResult {
  return { kind: kind.name, how, when, process, hit: '', detected: '', healedMs: 0, wrong: [String(error)] };
}

async function write(client: S3Client, ledger: Ledger, key: string, size: number): Promise<void> {
  const body = randomBytes(SIZES[size % SIZES.length] ?? 900);
  await patiently(() => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body })));
  ledger.acknowledged(key, digestOf(body));
}

/** What was wrong, until the signal aborts; every key at least once. */
async function readAgainAndAgain(client: S3Client, ledger: Ledger, signal: AbortSignal): Promise<string[]> {
  const wrong: string[] = [];
  do {
    for (const key of ledger.keys()) {
      const found = await readDigest(client, BUCKET, key);
      const said = found.failed === undefined ? ledger.check(key, found.digest) : `${key}: ${found.failed}`;
      if (said !== undefined) wrong.push(said);
    }
    // Healing needs the processor as well.
    await sleep(LOOK_EVERY_MS);
  } while (!signal.aborted);
  return wrong;
}

/** Does what makes a process start, and waits until it serves: what status said of the one before no longer counts. */
async function started(logFile: string, act: () => Promise<unknown>): Promise<void> {
  const from = (await stat(logFile)).size;
  await act();
  await until('the process starts', async () => (await readFile(logFile)).subarray(from).includes('"msg":"started"'));
}

/** Whole, and every node takes part in every partition: there are as many copies as nodes. */
async function refilled(cluster: Cluster): Promise<void> {
  await until('every node has every partition', async () => {
    const status = await cluster.status().catch(() => undefined);
    if (status?.serving !== true) return false;
    const { total, underReplicated } = status.partitions;
    const isFull = status.nodes.every((node) => node.partitions.primary + node.partitions.secondary === total);
    return isFull && status.nodes.length === COPIES && underReplicated === 0 && status.objects.underReplicated === 0;
  });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + WHOLE_MS;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`not within ${String(WHOLE_MS)} ms: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Asks for a scrub, and waits until every node that was asked has finished one or has begun anew. */
async function scrubbed(cluster: Cluster): Promise<void> {
  const before = new Map((await cluster.status()).nodes.map((node) => [node.name, node]));
  const { nodes } = (await askSocket(join(cluster.dataDir, 'run', 'gateway-1-admin.sock'), 'POST', '/_pilvi/scrub').catch(() => ({
    // A gateway whose own data is damaged ends when it finds that.
    nodes: [],
  }))) as ScrubDocument;
  const waiting = new Set(nodes);
  await until('the scrub ends', async () => {
    const status = await cluster.status().catch(() => undefined);
    for (const node of status?.nodes ?? []) {
      const old = before.get(node.name);
      const isDone = !node.scrub.running && node.scrub.finishedMs !== 0 && node.scrub.finishedMs !== old?.scrub.finishedMs;
      if (isDone || node.incarnation !== old?.incarnation) waiting.delete(node.name);
    }
    return waiting.size === 0;
  });
}

function control(cluster: Cluster, path: string): Promise<unknown> {
  return askSocket(join(cluster.dataDir, 'run', 'up.sock'), 'POST', path);
}
