import { bucketId } from '@pilvi/cluster-map';
import type { ControlStore } from '@pilvi/control-store';
import type { Clock, Random } from '@pilvi/runtime';
import { createBucketCache } from './bucket-cache.ts';
import type { BucketCache } from './bucket-cache.ts';
import { createBucketDeletion } from './bucket-deletion.ts';
import type { BucketDeletion, DeletionComponents } from './bucket-deletion.ts';
import { BUCKETS, decodeBucket } from './bucket-record.ts';
import type { StoredBucket } from './bucket-record.ts';
import { createBucketStore } from './bucket-store.ts';
import type { IndexClient } from './clients.ts';
import { ObjectStoreError } from './errors.ts';
import type { Bucket, BucketDirectory } from './object-store.ts';

export const MAX_BUCKETS = 10_000;
/** A change of a bucket is seen by every gateway within this (X2). */
export const BUCKET_CACHE_MS = 1_000;
const BUCKET_ID_BYTES = 16;
/** Rounds of reading and writing against others who change the same bucket. */
const MAX_ROUNDS = 16;
const LIST_PAGE = 1_000;

export interface BucketDirectoryOptions {
  readonly control: ControlStore;
  readonly index: IndexClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly cacheMs?: number;
  readonly maxBuckets?: number;
}

/** A directory that follows its store. */
export interface RunningBucketDirectory extends BucketDirectory {
  /** Ends deletions that a crash left half-way, and keeps the cache fresh by a watch, until the signal aborts. To be run under a supervisor that restarts it. */
  run(signal: AbortSignal): Promise<void>;
}

type Components = DeletionComponents & {
  readonly random: Random;
  readonly cache: BucketCache;
  readonly deletion: BucketDeletion;
  readonly maxBuckets: number;
};

/** The buckets, in the control store: a bucket is an incarnation id under a name. */
export function createBucketDirectory(options: BucketDirectoryOptions): RunningBucketDirectory {
  const { control, index, clock, random, cacheMs = BUCKET_CACHE_MS, maxBuckets = MAX_BUCKETS } = options;
  const store = createBucketStore(control);
  const cache = createBucketCache({ store, clock, cacheMs });
  const deletion = createBucketDeletion({ control, store, index, clock });
  const components: Components = { control, store, index, clock, random, cache, deletion, maxBuckets };
  return {
    create: (input, signal) => createBucket(components, input, signal),
    get: (name, signal) => getBucket(components, name, signal),
    list: (query, signal) => listBuckets(components, query, signal),
    delete: (name, signal) => deleteBucket(components, name, signal),
    configure: (name, document, value, signal) => configureBucket(components, { name, document, value }, signal),
    run: (signal) => run(components, signal),
  };
}

async function createBucket(
  components: Components,
  input: Parameters<BucketDirectory['create']>[0],
  signal?: AbortSignal,
): Promise<Bucket> {
  const { store, clock, random, deletion, maxBuckets } = components;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const existing = await store.read(input.name, signal);
    if (existing?.bucket.state === 'active')
      throw new ObjectStoreError('bucket-exists', `${input.name} exists`, { details: { ownerId: existing.bucket.ownerId } });
    if (existing !== undefined) {
      await deletion.finishOrWait(existing, signal);
      continue;
    }
    const { stored, more } = await store.range({ prefix: '', startAfter: '', limit: maxBuckets }, signal);
    if (more || stored.length >= maxBuckets) throw new ObjectStoreError('too-many-buckets', `there are ${maxBuckets} buckets`);
    const { name, ownerId, region, configuration = {} } = input;
    const bucket: Bucket = {
      id: bucketId(random.hex(BUCKET_ID_BYTES)),
      name,
      ownerId,
      region,
      createdMs: clock.wallMs(),
      state: 'active',
      configuration,
    };
    if ((await store.replace(undefined, bucket, signal)) !== undefined) return bucket;
  }
  throw contended(input.name);
}

async function getBucket({ cache, store, deletion }: Components, name: string, signal?: AbortSignal): Promise<Bucket | undefined> {
  const known = await cache.get(name, signal);
  if (known === undefined || known.bucket.state === 'active') return known?.bucket;
  // A deletion may still be refused, and a crash may have left it half-way: whoever meets one waits for its end, or brings it there.
  await deletion.finishOrWait(known, signal);
  const stored = await store.read(name, signal);
  cache.learn(name, stored);
  return stored?.bucket.state === 'active' ? stored.bucket : undefined;
}

async function listBuckets(
  { store }: Components,
  { prefix = '', startAfter = '', limit = LIST_PAGE }: Parameters<BucketDirectory['list']>[0],
  signal?: AbortSignal,
): Promise<{ buckets: Bucket[]; truncated: boolean }> {
  const buckets: Bucket[] = [];
  let after = startAfter;
  for (;;) {
    const page = await store.range({ prefix, startAfter: after, limit: LIST_PAGE }, signal);
    for (const { bucket } of page.stored) {
      if (bucket.state !== 'active') continue;
      if (buckets.length === limit) return { buckets, truncated: true };
      buckets.push(bucket);
    }
    const last = page.stored.at(-1);
    if (!page.more || last === undefined) return { buckets, truncated: false };
    after = last.bucket.name;
  }
}

async function deleteBucket(components: Components, name: string, signal?: AbortSignal): Promise<void> {
  const { store, index, cache, deletion } = components;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stored = await store.read(name, signal);
    if (stored === undefined) throw new ObjectStoreError('no-such-bucket', `there is no bucket ${name}`);
    let deleting: StoredBucket | undefined = stored;
    if (stored.bucket.state === 'active') {
      // Only a look, so that a bucket in use is not sealed for a moment; the seals decide.
      const page = await index.list({ bucket: stored.bucket.id, prefix: '', delimiter: '', startAfter: '', limit: 1 }, signal);
      if (page.entries.length > 0) throw notEmpty(name);
      deleting = await store.replace(stored, { ...stored.bucket, state: 'deleting' }, signal);
      if (deleting === undefined) continue;
      cache.learn(name, deleting);
    }
    const outcome = await deletion.finishOrWait(deleting, signal);
    cache.learn(name, await store.read(name));
    if (outcome === 'active') throw notEmpty(name);
    return;
  }
  throw contended(name);
}

async function configureBucket(
  { store, cache }: Components,
  { name, document, value }: { name: string; document: string; value: string | undefined },
  signal?: AbortSignal,
): Promise<Bucket> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stored = await store.read(name, signal);
    if (stored?.bucket.state !== 'active') throw new ObjectStoreError('no-such-bucket', `there is no bucket ${name}`);
    const { [document]: _replaced, ...others } = stored.bucket.configuration;
    const configuration = value === undefined ? others : { ...others, [document]: value };
    const changed = await store.replace(stored, { ...stored.bucket, configuration }, signal);
    if (changed === undefined) continue;
    cache.learn(name, changed);
    return changed.bucket;
  }
  throw contended(name);
}

async function run({ control, store, cache, deletion }: Components, signal: AbortSignal): Promise<void> {
  const abandoned: StoredBucket[] = [];
  let revision = 0;
  for (let after = '', more = true; more;) {
    const page = await store.range({ prefix: '', startAfter: after, limit: LIST_PAGE }, signal);
    abandoned.push(...page.stored.filter(({ bucket }) => bucket.state === 'deleting'));
    if (revision === 0) revision = page.revision;
    after = page.stored.at(-1)?.bucket.name ?? '';
    more = page.more;
  }
  for (const deleting of abandoned) await deletion.finish(deleting);
  for await (const batch of control.watch(BUCKETS, revision + 1, signal)) {
    for (const event of batch.events) {
      if (event.kind === 'delete') cache.learn(event.key.slice(BUCKETS.length), undefined);
      else cache.learn(event.entry.key.slice(BUCKETS.length), decodeBucket(event.entry));
    }
  }
}

function notEmpty(name: string): ObjectStoreError {
  return new ObjectStoreError('bucket-not-empty', `${name} holds an object`);
}

function contended(name: string): ObjectStoreError {
  return new ObjectStoreError('unavailable', `${name} changes all the time`);
}
