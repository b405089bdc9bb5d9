import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { createManualClock, systemClock, systemRandom } from '@pilvi/runtime';
import { createBucketDirectory } from './bucket-directory.ts';
import type { RunningBucketDirectory } from './bucket-directory.ts';
import { createInMemoryCloud } from './memory-cloud.ts';
import type { InMemoryCloud } from './memory-cloud.ts';
import { smallPut } from './testing/commands.ts';

const NEW = { name: 'photos', ownerId: 'me', region: 'here' };

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < giveUpMs, 'condition never came true');
    await systemClock.sleep(5);
  }
}

/** Another gateway of the same cluster. */
function second(cloud: InMemoryCloud, control: ControlStore = cloud.control): RunningBucketDirectory {
  return createBucketDirectory({ control, index: cloud.index, clock: systemClock, random: systemRandom });
}

const putInto = (cloud: InMemoryCloud, bucket: string, key = 'k'): Promise<string | undefined> => {
  const command = smallPut(key, 'x', {}, bucket);
  return cloud.index
    .execute(cloud.index.partitionOf(bucket as Parameters<typeof cloud.index.partitionOf>[0], key), command)
    .then((result) => result.outcome?.$case);
};

test('a bucket is made once, found at once by other gateways, configured, listed and deleted', async () => {
  await using cloud = createInMemoryCloud();
  const other = second(cloud);
  assert.equal(await other.get('photos'), undefined);
  const made = await cloud.buckets.create({ ...NEW, configuration: { tagging: 'a' } });
  assert.equal((await other.get('photos'))?.id, made.id);
  await assert.rejects(other.create({ ...NEW, ownerId: 'you' }), { code: 'bucket-exists', details: { ownerId: 'me' } });
  const configured = await other.configure('photos', 'policy', 'b');
  assert.deepEqual(configured.configuration, { tagging: 'a', policy: 'b' });
  assert.deepEqual((await cloud.buckets.configure('photos', 'tagging', undefined)).configuration, { policy: 'b' });
  await cloud.buckets.create({ ...NEW, name: 'archive' });
  await cloud.buckets.create({ ...NEW, name: 'photos.old' });
  assert.deepEqual(
    (await other.list({ limit: 2 })).buckets.map((b) => b.name),
    ['archive', 'photos'],
  );
  assert.equal((await other.list({ limit: 2 })).truncated, true);
  assert.deepEqual(
    (await other.list({ prefix: 'photos', startAfter: 'photos' })).buckets.map((b) => b.name),
    ['photos.old'],
  );
  await other.delete('photos');
  assert.equal(await other.get('photos'), undefined);
  await assert.rejects(cloud.buckets.delete('photos'), { code: 'no-such-bucket' });
  await assert.rejects(cloud.buckets.configure('photos', 'a', 'b'), { code: 'no-such-bucket' });
  assert.notEqual((await cloud.buckets.create(NEW)).id, made.id);
});

test('of many that create one name, one makes it', async () => {
  await using cloud = createInMemoryCloud();
  const gateways = [cloud.buckets, second(cloud), second(cloud)];
  const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => (gateways[n % 3] ?? cloud.buckets).create(NEW)));
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('the number of buckets is bounded', async () => {
  await using cloud = createInMemoryCloud();
  const directory = createBucketDirectory({
    control: cloud.control,
    index: cloud.index,
    clock: systemClock,
    random: systemRandom,
    maxBuckets: 2,
  });
  await directory.create(NEW);
  await directory.create({ ...NEW, name: 'two' });
  await assert.rejects(directory.create({ ...NEW, name: 'three' }), { code: 'too-many-buckets' });
});

test('X2: a bucket with an object is not deleted, and goes on taking objects', async () => {
  await using cloud = createInMemoryCloud();
  const { id } = await cloud.buckets.create(NEW);
  await putInto(cloud, id);
  await assert.rejects(cloud.buckets.delete('photos'), { code: 'bucket-not-empty' });
  assert.equal((await cloud.buckets.get('photos'))?.id, id);
  assert.equal(await putInto(cloud, id, 'other'), 'object');
});

test('X2: an object put while the bucket is being sealed is either refused, or keeps the bucket', async () => {
  for (let n = 0; n < 16; n++) {
    await using cloud = createInMemoryCloud();
    const { id } = await cloud.buckets.create(NEW);
    const at = n;
    let seals = 0;
    let put: Promise<string | undefined> | undefined;
    cloud.index.interfere = async (command) => {
      if (command.op?.$case === 'sealBucket' && seals++ === at) put = putInto(cloud, id, `key-${n}`);
      await Promise.resolve();
    };
    const deleted = await cloud.buckets.delete('photos').then(
      () => true,
      (error: unknown) => {
        assert.equal((error as { code: string }).code, 'bucket-not-empty');
        return false;
      },
    );
    assert.equal((await put) === 'object', !deleted);
    assert.equal((await cloud.buckets.get('photos')) !== undefined, !deleted);
    if (!deleted) assert.equal(await putInto(cloud, id, 'again'), 'object', 'unsealed everywhere');
  }
});

test('X2: whoever asks for a bucket while its deletion is decided is told of the outcome', async () => {
  for (const isRefused of [true, false]) {
    await using cloud = createInMemoryCloud();
    const { id } = await cloud.buckets.create(NEW);
    const sealing = Promise.withResolvers<undefined>();
    const mayGoOn = Promise.withResolvers<undefined>();
    cloud.index.interfere = async (command) => {
      if (command.op?.$case !== 'sealBucket') return;
      sealing.resolve(undefined);
      await mayGoOn.promise;
    };
    const deleted = cloud.buckets.delete('photos').catch((error: unknown) => (error as { code: string }).code);
    await sealing.promise;
    const seen = cloud.buckets.get('photos');
    if (isRefused) await putInto(cloud, id);
    mayGoOn.resolve(undefined);
    assert.equal((await seen)?.id, isRefused ? id : undefined);
    assert.equal(await deleted, isRefused ? 'bucket-not-empty' : undefined);
  }
});

/** A control store that fails once, as if the gateway had crashed at that moment. */
function crashing(control: ControlStore, at: (key: string, value: string | undefined) => boolean): ControlStore {
  let isDead = false;
  const alive = <T>(work: () => Promise<T>): Promise<T> => (isDead ? Promise.reject(new Error('crashed')) : work());
  return {
    get: (key) => alive(() => control.get(key)),
    range: (prefix, options) => alive(() => control.range(prefix, options)),
    txn(compares, changes) {
      isDead ||= changes.some((change) => at(change.key, change.kind === 'put' ? Buffer.from(change.value).toString() : undefined));
      return alive(() => control.txn(compares, changes));
    },
    watch: (prefix, from, signal) => control.watch(prefix, from, signal),
    grantLease: (ttlMs) => alive(() => control.grantLease(ttlMs)),
    keepAlive: (lease) => alive(() => control.keepAlive(lease)),
    // The lease of a crashed gateway expires.
    revokeLease: (lease) => control.revokeLease(lease),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

test('X2: a deletion that crashed is brought to its end by whoever touches the bucket next', async () => {
  const touches: ((directory: RunningBucketDirectory, control: ControlStore) => Promise<unknown>)[] = [
    (directory) => directory.get('photos'),
    (directory) => directory.delete('photos'),
    (directory) => directory.create(NEW),
    async (directory, control) => {
      const abort = new AbortController();
      const running = directory.run(abort.signal);
      await until(async () => (await control.get('/buckets/photos')) === undefined);
      abort.abort();
      await running.catch(() => undefined);
    },
  ];
  for (const [n, touch] of touches.entries()) {
    await using cloud = createInMemoryCloud();
    const { id } = await cloud.buckets.create(NEW);
    // It dies just before the bucket would be removed: every partition is sealed.
    const dying = second(
      cloud,
      crashing(cloud.control, (key, value) => key === '/buckets/photos' && value === undefined),
    );
    await assert.rejects(dying.delete('photos'));
    const fresh = second(cloud);
    await touch(fresh, cloud.control);
    const now = await fresh.get('photos');
    assert.equal(now?.id === id, false, `touch ${n}`);
    assert.equal(now !== undefined, n === 2, `touch ${n}`);
  }
});

test('X2: a crashed deletion of a bucket that turned out not empty is rolled back', async () => {
  await using cloud = createInMemoryCloud();
  const { id } = await cloud.buckets.create(NEW);
  let isFirst = true;
  cloud.index.interfere = async (command) => {
    if (command.op?.$case !== 'sealBucket' || !isFirst) return;
    isFirst = false;
    await putInto(cloud, id);
  };
  const dying = second(
    cloud,
    crashing(cloud.control, (key, value) => key === '/buckets/photos' && value?.includes('"active"') === true),
  );
  await assert.rejects(dying.delete('photos'));
  const fresh = second(cloud);
  assert.equal((await fresh.get('photos'))?.id, id);
  assert.equal(await putInto(cloud, id, 'again'), 'object');
});

test('two gateways that delete one bucket: one does it, and the other sees it gone', async () => {
  await using cloud = createInMemoryCloud();
  await cloud.buckets.create(NEW);
  cloud.index.interfere = () => systemClock.sleep(1);
  const results = await Promise.allSettled([
    cloud.buckets.delete('photos'),
    second(cloud).delete('photos'),
    second(cloud).delete('photos'),
  ]);
  assert.ok(results.some((result) => result.status === 'fulfilled'));
  for (const result of results) if (result.status === 'rejected') assert.equal((result.reason as { code: string }).code, 'no-such-bucket');
  assert.equal(await cloud.buckets.get('photos'), undefined);
});

test('a change is seen within the bound without a watch, at once with one; with the control store down the last state serves on', async () => {
  const clock = createManualClock();
  await using cloud = createInMemoryCloud();
  let reads = 0;
  let isDown = false;
  const control: ControlStore = {
    ...crashing(cloud.control, () => false),
    get(key) {
      reads++;
      return isDown ? Promise.reject(new ControlStoreError('unavailable', 'down')) : cloud.control.get(key);
    },
  };
  const directory = createBucketDirectory({ control, index: cloud.index, clock, random: systemRandom });
  await cloud.buckets.create(NEW);
  await directory.get('photos');
  await cloud.buckets.configure('photos', 'tagging', 'new');
  assert.deepEqual((await directory.get('photos'))?.configuration, {});
  assert.equal(reads, 1);
  await clock.advance(1_001);
  assert.deepEqual((await directory.get('photos'))?.configuration, { tagging: 'new' });

  const abort = new AbortController();
  const running = directory.run(abort.signal);
  await cloud.buckets.configure('photos', 'tagging', 'newer');
  // Time stands still: only the watch can tell.
  await until(async () => (await directory.get('photos'))?.configuration['tagging'] === 'newer');
  abort.abort();
  await running.catch(() => undefined);

  isDown = true;
  await clock.advance(1_001);
  assert.deepEqual((await directory.get('photos'))?.configuration, { tagging: 'newer' });
  await assert.rejects(directory.get('unknown'), { code: 'unavailable' });
});

test('C4: a control store that says nothing holds up no request for a bucket that is known', async () => {
  const clock = createManualClock();
  await using cloud = createInMemoryCloud();
  let isSilent = false;
  const control: ControlStore = {
    ...crashing(cloud.control, () => false),
    get: (key) => (isSilent ? new Promise(() => undefined) : cloud.control.get(key)),
  };
  const directory = createBucketDirectory({ control, index: cloud.index, clock, random: systemRandom });
  const { id } = await cloud.buckets.create(NEW);
  await directory.get('photos');
  isSilent = true;
  await clock.advance(1_001);
  const first = directory.get('photos');
  await clock.advance(1_000);
  assert.equal((await first)?.id, id);
  // It is known to be away now: time stands still, and nobody waits.
  assert.equal((await directory.get('photos'))?.id, id);
});

test('X2: a gateway that stood still while another ended its deletion removes nothing', async () => {
  await using cloud = createInMemoryCloud();
  const { id } = await cloud.buckets.create(NEW);
  const frozen = Promise.withResolvers<undefined>();
  const goesOn = Promise.withResolvers<undefined>();
  const removal = Promise.withResolvers<boolean>();
  const slow: ControlStore = {
    ...crashing(cloud.control, () => false),
    async txn(compares, changes) {
      if (!changes.some((change) => change.kind === 'delete')) return cloud.control.txn(compares, changes);
      // It stands still before its last step, and the lease of its lock ends.
      await cloud.control.txn([], [{ kind: 'delete', key: `/bucket-deletions/${id}` }]);
      frozen.resolve(undefined);
      await goesOn.promise;
      const result = await cloud.control.txn(compares, changes);
      removal.resolve(result.succeeded);
      return result;
    },
  };
  const late = second(cloud, slow).delete('photos');
  await frozen.promise;
  let lateRemoved: boolean | undefined;
  cloud.index.interfere = async (command) => {
    if (command.op?.$case !== 'sealBucket' || lateRemoved !== undefined) return;
    goesOn.resolve(undefined);
    lateRemoved = await removal.promise;
  };
  assert.equal(await second(cloud).get('photos'), undefined);
  assert.equal(lateRemoved, false, 'the one that took over decides');
  await late;
});

test('a write of unknown outcome is looked at, and not made twice', async () => {
  for (const wasDone of [true, false]) {
    await using cloud = createInMemoryCloud();
    let isFirst = true;
    const control: ControlStore = {
      ...crashing(cloud.control, () => false),
      async txn(compares, changes) {
        const wasFirst = isFirst;
        isFirst = false;
        if (wasFirst && !wasDone) throw new ControlStoreError('outcome-unknown', 'lost');
        const result = await cloud.control.txn(compares, changes);
        if (wasFirst) throw new ControlStoreError('outcome-unknown', 'lost');
        return result;
      },
    };
    const made = await second(cloud, control).create(NEW);
    assert.equal((await cloud.buckets.get('photos'))?.id, made.id);
  }
});

test('a bucket of a format not known is refused', async () => {
  await using cloud = createInMemoryCloud();
  await cloud.control.txn([], [{ kind: 'put', key: '/buckets/photos', value: Buffer.from('{"formatVersion":2}') }]);
  await assert.rejects(cloud.buckets.get('photos'), { code: 'damaged' });
});
