import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { patiently } from '@pilvi/workload';

export interface DeletionOutcome {
  /** How often the deletion was refused because there were objects. */
  readonly refused: number;
  readonly isDeleted: boolean;
  /** Objects that were acknowledged, not deleted, and gone with their bucket; or acknowledged after it was gone. */
  readonly lost: readonly string[];
}

const WRITERS = 3;
/** Writers leave objects until so many deletions were refused, then they clean up after each. */
const REFUSALS = 5;
const BETWEEN_DELETIONS_MS = 50;

interface Contest {
  readonly client: S3Client;
  readonly bucket: string;
  /** Keys of objects that were acknowledged and whose deletion was not asked for yet. */
  readonly present: Set<string>;
  readonly lost: string[];
  refused: number;
  /** When the deletion was acknowledged, on the monotonic clock. */
  deletedAtMs: number | undefined;
}

/** Writers put objects and delete them again, each under names of its own, while the bucket's deletion is asked for again and again, until it succeeds. */
export async function runWritersAndDeleter(client: S3Client, bucket: string): Promise<DeletionOutcome> {
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  const contest: Contest = { client, bucket, present: new Set(), lost: [], refused: 0, deletedAtMs: undefined };
  const writing = Array.from({ length: WRITERS }, (_, id) => write(contest, id));
  await askForDeletion(contest);
  await Promise.all(writing);
  contest.lost.push(...[...contest.present].map((key) => `${key} was there when the bucket was deleted`));
  // Under the same name a new bucket begins, empty.
  await patiently(() => client.send(new CreateBucketCommand({ Bucket: bucket })));
  const { Contents = [] } = await patiently(() => client.send(new ListObjectsV2Command({ Bucket: bucket })));
  contest.lost.push(...Contents.map(({ Key }) => `${String(Key)} came back in the new bucket`));
  return { refused: contest.refused, isDeleted: contest.deletedAtMs !== undefined, lost: contest.lost };
}

/** Until the bucket is gone. */
async function write(contest: Contest, id: number): Promise<void> {
  const { client, bucket, present, lost } = contest;
  for (let i = 0; ; i++) {
    const at = { Bucket: bucket, Key: `writer-${String(id)}/${String(i)}` };
    const askedMs = performance.now();
    const isWritten = await answerOf(() => client.send(new PutObjectCommand({ ...at, Body: at.Key })));
    if (isWritten === 'no-bucket') return;
    if (contest.deletedAtMs !== undefined && askedMs > contest.deletedAtMs) lost.push(`${at.Key} was acknowledged after the deletion`);
    present.add(at.Key);
    const isToStay = contest.refused < REFUSALS && i % 2 === 0;
    if (!isToStay) await clean(contest, [at.Key]);
    else if (present.size > WRITERS) await clean(contest, ownKeys(contest, id));
    if (contest.refused >= REFUSALS) await clean(contest, ownKeys(contest, id));
  }
}

async function clean({ client, bucket, present }: Contest, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    // From here on nobody may count on it.
    present.delete(key);
    await answerOf(() => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));
  }
}

function ownKeys({ present }: Contest, id: number): string[] {
  return [...present].filter((key) => key.startsWith(`writer-${String(id)}/`));
}

async function askForDeletion(contest: Contest): Promise<void> {
  // A bucket that is empty still would be deleted at once.
  while (contest.present.size < WRITERS) await sleep(BETWEEN_DELETIONS_MS);
  for (;;) {
    const answer = await answerOf(() => contest.client.send(new DeleteBucketCommand({ Bucket: contest.bucket })));
    if (answer === 'done' || answer === 'no-bucket') {
      contest.deletedAtMs = performance.now();
      return;
    }
    contest.refused++;
    await sleep(BETWEEN_DELETIONS_MS);
  }
}

/** While a deletion is decided, writers are told to come again, and do. */
async function answerOf(request: () => Promise<unknown>): Promise<'done' | 'no-bucket' | 'not-empty'> {
  try {
    await patiently(request);
    return 'done';
  } catch (error) {
    const { name } = error as Error;
    if (name === 'NoSuchBucket') return 'no-bucket';
    if (name === 'BucketNotEmpty' || name === 'OperationAborted') return 'not-empty';
    throw error;
  }
}
