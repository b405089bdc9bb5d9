import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { randomBytes, randomInt } from 'node:crypto';
import { patiently } from './patiently.ts';
import { digestOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';

/** How long one operation took, its client's retries included. */
export interface Timing {
  readonly operation: 'put' | 'get' | 'delete';
  readonly sizeBytes: number;
  /** On the monotonic clock. */
  readonly beganMs: number;
  readonly tookMs: number;
}

export interface WorkloadResult {
  readonly wrong: string[];
  readonly failedReads: string[];
  readonly failedWrites: number;
  readonly timings: Timing[];
  /** Names that two writers both won with If-None-Match. */
  readonly doubleWinners: string[];
  operations: number;
}

export function emptyResult(): WorkloadResult {
  return { wrong: [], failedReads: [], failedWrites: 0, timings: [], doubleWinners: [], operations: 0 };
}

/** Inline, chunked in one piece, and chunked in several. */
const SIZES = [1_000, 4_096, 30_000, 100_000, 1_500_000];
const KEYS_PER_CLIENT = 40;

export interface WorkloadOptions {
  readonly bucket: string;
  readonly id: number;
  readonly ledger: Ledger;
  readonly result: WorkloadResult;
  readonly signal: AbortSignal;
  readonly sizes?: readonly number[];
  /** How long a request that nobody answers is tried again. */
  readonly patienceMs?: number;
}

/** One client with keys of its own: writes, reads back and deletes them until the signal aborts, holding every answer against the ledger. */
export async function runClient(client: S3Client, options: WorkloadOptions): Promise<void> {
  const { id, result, signal } = options;
  while (!signal.aborted) {
    const key = `client-${String(id)}/${String(randomInt(KEYS_PER_CLIENT))}`;
    const dice = randomInt(100);
    result.operations++;
    if (dice < 45) await write(client, key, options);
    else if (dice < 90) await read(client, key, options);
    else await remove(client, key, options);
  }
}

async function write(client: S3Client, key: string, { bucket, ledger, result, sizes = SIZES, patienceMs }: WorkloadOptions): Promise<void> {
  const body = randomBytes(sizes[randomInt(sizes.length)] ?? 1_000);
  const digest = digestOf(body);
  const startedMs = performance.now();
  try {
    await patiently(() => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })), patienceMs);
    ledger.acknowledged(key, digest);
  } catch {
    (result as { failedWrites: number }).failedWrites++;
    ledger.unknown(key, digest);
  }
  note(result, 'put', body.length, startedMs);
}

async function remove(client: S3Client, key: string, { bucket, ledger, result, patienceMs }: WorkloadOptions): Promise<void> {
  const startedMs = performance.now();
  try {
    await patiently(() => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })), patienceMs);
    ledger.acknowledged(key, null);
  } catch {
    (result as { failedWrites: number }).failedWrites++;
    ledger.unknown(key, null);
  }
  note(result, 'delete', 0, startedMs);
}

function note(result: WorkloadResult, operation: Timing['operation'], sizeBytes: number, beganMs: number): void {
  result.timings.push({ operation, sizeBytes, beganMs, tookMs: performance.now() - beganMs });
}

async function read(client: S3Client, key: string, { bucket, ledger, result, patienceMs }: WorkloadOptions): Promise<void> {
  const startedMs = performance.now();
  const found = await readDigest(client, bucket, key, patienceMs);
  note(result, 'get', found.sizeBytes, startedMs);
  if (found.failed !== undefined) result.failedReads.push(`${key}: ${found.failed}`);
  else {
    const wrong = ledger.check(key, found.digest);
    if (wrong !== undefined) result.wrong.push(wrong);
  }
}

/** The digest of what is stored, `null` for nothing; `failed` says why neither is known. */
export async function readDigest(
  client: S3Client,
  bucket: string,
  key: string,
  patienceMs?: number,
): Promise<{ digest: string | null; sizeBytes: number; failed?: string }> {
  try {
    const body = await patiently(async () => {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return answer.Body?.transformToByteArray();
    }, patienceMs);
    return { digest: digestOf(body ?? new Uint8Array()), sizeBytes: body?.length ?? 0 };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return { digest: null, sizeBytes: 0 };
    return { digest: null, sizeBytes: 0, failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** Several clients put the same new name with If-None-Match: at most one may win. */
export async function raceOnce(clients: readonly S3Client[], bucket: string, name: string, result: WorkloadResult): Promise<void> {
  const outcomes = await Promise.all(
    clients.map((client, i) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: `client ${String(i)}`, IfNoneMatch: '*' })).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (outcomes.filter(Boolean).length > 1) result.doubleWinners.push(name);
}
