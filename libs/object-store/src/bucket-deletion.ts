import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import type { ControlStore } from '@pilvi/control-store';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { Clock } from '@pilvi/runtime';
import type { BucketStore } from './bucket-store.ts';
import { translated } from './bucket-store.ts';
import type { StoredBucket } from './bucket-record.ts';
import type { IndexClient } from './clients.ts';
import { createDeadline } from './deadline.ts';
import { answered, failureOf } from './index-answer.ts';

/** One attempt ends by then; its lease outlives it, so that no two gateways seal and unseal one bucket at a time. */
const ATTEMPT_MAX_MS = 10_000;
const LEASE_MS = 15_000;
const PARALLEL_PARTITIONS = 32;
const WAIT_FOR_OTHERS_MS = 50;

export type DeletionOutcome =
  /** The bucket is gone, or another stands under its name. */
  | 'gone'
  /** It is active (again): it holds an object. */
  | 'active'
  /** Another gateway is at it. */
  | 'busy';

export interface DeletionComponents {
  readonly control: ControlStore;
  readonly store: BucketStore;
  readonly index: IndexClient;
  readonly clock: Clock;
}

/** Brings the deletion of a bucket in state `deleting` to its end, whoever began it (X2). */
export interface BucketDeletion {
  finish(deleting: StoredBucket): Promise<DeletionOutcome>;
  /** As `finish`, waiting for another gateway that is at it. */
  finishOrWait(deleting: StoredBucket, signal?: AbortSignal): Promise<'gone' | 'active'>;
}

export function createBucketDeletion(components: DeletionComponents): BucketDeletion {
  const underWay = new Map<BucketId, Promise<DeletionOutcome>>();

  function finish(deleting: StoredBucket): Promise<DeletionOutcome> {
    const { id } = deleting.bucket;
    let attempt = underWay.get(id);
    if (attempt === undefined) {
      attempt = underLock(components, id, () => attemptDeletion(components, deleting)).finally(() => underWay.delete(id));
      underWay.set(id, attempt);
    }
    return attempt;
  }

  return {
    finish,
    async finishOrWait(deleting, signal) {
      for (;;) {
        const outcome = await finish(deleting);
        if (outcome !== 'busy') return outcome;
        await components.clock.sleep(WAIT_FOR_OTHERS_MS, signal);
      }
    },
  };
}

/**
 * X2: seal every partition; then remove the bucket, or, where one holds an object, unseal them all and let it live. The attempt has a number of its own, in the
 * bucket's record and at every partition: a gateway that stood still past its lock's lease can neither seal, unseal nor remove any more.
 */
async function attemptDeletion({ store, index, clock }: DeletionComponents, known: StoredBucket): Promise<DeletionOutcome> {
  const found = await store.read(known.bucket.name);
  if (found?.bucket.id !== known.bucket.id) return 'gone';
  if (found.bucket.state !== 'deleting') return 'active';
  const number = (found.bucket.deletionAttempts ?? 0) + 1;
  const deleting = await store.replace(found, { ...found.bucket, deletionAttempts: number });
  if (deleting === undefined) return 'busy';
  using deadline = createDeadline(clock, ATTEMPT_MAX_MS);
  const bucketId = deleting.bucket.id;
  const attempt = BigInt(number);
  const isEmpty = await sealAll(index, { bucketId, attempt }, deadline.signal);
  if (isEmpty) return (await store.remove(deleting)) ? 'gone' : 'busy';
  await inParallel(index.partitions(), async (partition) => {
    answered(await index.execute(partition, { op: { $case: 'unsealBucket', value: { bucketId, attempt } } }, deadline.signal), 'done');
    return true;
  });
  return (await store.replace(deleting, { ...deleting.bucket, state: 'active' })) === undefined ? 'busy' : 'active';
}

function sealAll(
  index: IndexClient,
  value: { readonly bucketId: BucketId; readonly attempt: bigint },
  signal: AbortSignal,
): Promise<boolean> {
  return inParallel(index.partitions(), async (partition) => {
    const result = await index.execute(partition, { op: { $case: 'sealBucket', value } }, signal);
    if (failureOf(result) === IndexFailureCode.BUCKET_NOT_EMPTY) return false;
    answered(result, 'done');
    return true;
  });
}

/** Runs `each` for every partition, a bounded number at a time, and stops at the first that says false. Waits for those under way even when one throws. */
async function inParallel(partitions: readonly PartitionId[], each: (partition: PartitionId) => Promise<boolean>): Promise<boolean> {
  const queue = [...partitions];
  let goesOn = true;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && goesOn; next = queue.shift()) {
      try {
        if (!(await each(next))) goesOn = false;
      } catch (error) {
        goesOn = false;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: PARALLEL_PARTITIONS }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return goesOn;
}

/** One gateway at a time works on a bucket: a key under a lease, which goes with a gateway that crashes. */
async function underLock(
  { control }: DeletionComponents,
  bucket: BucketId,
  work: () => Promise<DeletionOutcome>,
): Promise<DeletionOutcome> {
  const key = `/bucket-deletions/${bucket}`;
  const lease = await translated(() => control.grantLease(LEASE_MS));
  try {
    const { succeeded } = await translated(() =>
      control.txn([{ key, modRevision: 0 }], [{ kind: 'put', key, value: Buffer.from(bucket), lease }]),
    );
    return succeeded ? await work() : 'busy';
  } finally {
    // Revoked or expired, the lease takes the key with it.
    await control.revokeLease(lease).catch(() => undefined);
  }
}
