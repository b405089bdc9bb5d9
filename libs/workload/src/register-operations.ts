import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { createHash, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '@pilvi/simulator';

/** Few keys, so that every key is contended. */
const KEYS_PER_ROUND = 2;
/** Bodies are as large as fit inline: what a primary has not sent yet does not hide in a socket's buffer when it dies. */
const BODY_BYTES = 16 * 1024;
const KINDS = ['get', 'get', 'put', 'put', 'put-if-none-match', 'delete', 'list'] as const;

/** While nobody serves, hundreds of tries of unknown outcome would make a history too tangled to judge. */
const AFTER_FAILURE_MS = 50;

/** One client after another operation, each key a register: its history is held against all orders that could explain it. */
export async function runOperations(
  client: S3Client,
  bucket: string,
  history: Operation[],
  round: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const kind = KINDS[randomInt(KINDS.length)] ?? 'get';
    const prefix = `round-${String(round())}/`;
    if (kind === 'list') await list(client, bucket, history, prefix);
    else await operate(client, bucket, history, kind, `${prefix}${String(randomInt(KEYS_PER_ROUND))}`);
  }
}

async function operate(client: S3Client, bucket: string, history: Operation[], type: Operation['type'], key: string): Promise<void> {
  const body = bodyOf(nextId(history));
  const op = begin(history, type, key, etagOf(body));
  try {
    op.answer = await perform(client, bucket, op, body);
    op.returnedMs = performance.now();
  } catch (error) {
    // Its outcome is unknown: it may take effect at any time, or never. But what nobody received never does.
    if (isRefused(error)) history.splice(history.indexOf(op), 1);
    await sleep(AFTER_FAILURE_MS);
  }
}

function isRefused(error: unknown): boolean {
  return (error as { code?: string }).code === 'ECONNREFUSED';
}

/** To each key a LIST is a read: it tells the ETag, or that there is nothing. */
async function list(client: S3Client, bucket: string, history: Operation[], prefix: string): Promise<void> {
  const ops = Array.from({ length: KEYS_PER_ROUND }, (_, n) => begin(history, 'get', `${prefix}${String(n)}`, null));
  try {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const found = new Map(page.Contents?.map(({ Key, ETag }) => [Key, ETag]));
    for (const op of ops) {
      op.answer = found.get(op.key) ?? null;
      op.returnedMs = performance.now();
    }
  } catch {
    // it has told nothing
    await sleep(AFTER_FAILURE_MS);
  }
}

/** Above all that are there: no two writes of a history have the same value. */
function nextId(history: readonly Operation[]): number {
  return (history.at(-1)?.id ?? -1) + 1;
}

/** Values are told by their ETags, which every answer carries. */
function begin(history: Operation[], type: Operation['type'], key: string, value: string | null): Operation {
  const op: Operation = { id: nextId(history), type, key, value, invokedMs: performance.now(), returnedMs: Infinity, answer: undefined };
  history.push(op);
  return op;
}

async function perform(client: S3Client, bucket: string, op: Operation, body: Buffer): Promise<string | null> {
  const at = { Bucket: bucket, Key: op.key };
  switch (op.type) {
    case 'put':
      await client.send(new PutObjectCommand({ ...at, Body: body }));
      return 'ok';
    case 'delete':
      await client.send(new DeleteObjectCommand(at));
      return 'ok';
    case 'put-if-none-match':
      return client.send(new PutObjectCommand({ ...at, Body: body, IfNoneMatch: '*' })).then(
        () => 'ok',
        (error: unknown) => {
          if (error instanceof Error && error.name === 'PreconditionFailed') return '412';
          throw error;
        },
      );
    case 'get':
      return client.send(new GetObjectCommand(at)).then(
        async (answer) => etagOf((await answer.Body?.transformToByteArray()) ?? new Uint8Array()),
        (error: unknown) => {
          if (error instanceof Error && error.name === 'NoSuchKey') return null;
          throw error;
        },
      );
  }
}

function bodyOf(id: number): Buffer {
  return Buffer.alloc(BODY_BYTES, `value ${String(id)}, `);
}

function etagOf(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
