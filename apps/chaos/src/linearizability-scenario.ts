import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLinearizable } from '@pilvi/simulator';
import type { Operation } from '@pilvi/simulator';
import { createClient } from './client.ts';
import type { Cluster } from './cluster.ts';

const BUCKET = 'linearizability';

export interface LinearizabilityReport {
  readonly operations: number;
  readonly unknown: number;
  readonly kills: number;
  /** Keys whose history no order explains. */
  readonly violations: readonly string[];
  /** Keys whose history was too tangled to decide. */
  readonly undecided: readonly string[];
}

/** Concurrent clients on few keys, in rounds of fresh names so that each history stays short, while primaries are killed. */
export async function linearizabilityScenario(
  cluster: Cluster,
  options: { seconds: number; clients: number; victims: readonly string[]; onProgress?: (text: string) => void },
): Promise<LinearizabilityReport> {
  const clients = Array.from({ length: options.clients }, () => createClient(cluster, { maxAttempts: 1, timeoutMs: 5_000 }));
  await clients[0]?.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const history: Operation[] = [];
  const untilMs = performance.now() + options.seconds * 1_000;
  let round = 0;
  let kills = 0;
  const rounds = setInterval(() => round++, 1_500);
  const running = clients.map((client) => runOperations(client, history, () => round, untilMs));
  const killing = (async () => {
    while (options.victims.length > 0 && performance.now() < untilMs - 2_000) {
      await sleep(randomInt(200, 1_500));
      if (await cluster.kill(options.victims[randomInt(options.victims.length)] ?? 'storage-1')) kills++;
      options.onProgress?.(`${String(kills)} kills, ${String(history.length)} operations`);
      await cluster.whole(30_000);
    }
  })();
  await Promise.all([...running, killing]);
  clearInterval(rounds);
  for (const client of clients) client.destroy();
  return judge(history, kills);
}

async function runOperations(client: S3Client, history: Operation[], round: () => number, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const op: Operation = {
      id: history.length,
      type: (['get', 'get', 'put', 'put-if-none-match', 'delete'] as const)[randomInt(5)] ?? 'get',
      key: `round-${String(round())}/${String(randomInt(2))}`,
      value: `value-${String(history.length)}`,
      invokedMs: performance.now(),
      returnedMs: Infinity,
      answer: undefined,
    };
    history.push(op);
    try {
      op.answer = await perform(client, op);
      op.returnedMs = performance.now();
    } catch {
      // its outcome is unknown: it may take effect at any time, or never
    }
  }
}

async function perform(client: S3Client, op: Operation): Promise<string | null> {
  const at = { Bucket: BUCKET, Key: op.key };
  switch (op.type) {
    case 'put':
      await client.send(new PutObjectCommand({ ...at, Body: op.value ?? '' }));
      return 'ok';
    case 'delete':
      await client.send(new DeleteObjectCommand(at));
      return 'ok';
    case 'put-if-none-match':
      return client.send(new PutObjectCommand({ ...at, Body: op.value ?? '', IfNoneMatch: '*' })).then(
        () => 'ok',
        (error: unknown) => {
          if (error instanceof Error && error.name === 'PreconditionFailed') return '412';
          throw error;
        },
      );
    case 'get':
      return client.send(new GetObjectCommand(at)).then(
        async (answer) => (await answer.Body?.transformToString()) ?? '',
        (error: unknown) => {
          if (error instanceof Error && error.name === 'NoSuchKey') return null;
          throw error;
        },
      );
  }
}

function judge(history: readonly Operation[], kills: number): LinearizabilityReport {
  const byKey = Map.groupBy(history, (op) => op.key);
  const violations: string[] = [];
  const undecided: string[] = [];
  for (const [key, ops] of byKey) {
    const verdict = isLinearizable(ops);
    if (verdict === false) violations.push(key);
    else if (verdict === undefined) undecided.push(key);
  }
  return { operations: history.length, unknown: history.filter((op) => op.answer === undefined).length, kills, violations, undecided };
}
