import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import type { ExecuteRequest } from '@pilvi/contracts/index/v1/service';
import { systemClock, systemRandom } from '@pilvi/runtime';
import type { IndexClient } from './clients.ts';
import { createRoutedIndexClient } from './routed-index-client.ts';
import type { RoutedIndexSettings } from './routed-index-client.ts';
import { BUCKET } from './testing/bodies.ts';
import { smallPut } from './testing/commands.ts';
import { createFakeCluster } from './testing/fake-cluster.ts';
import type { FakeCluster } from './testing/fake-cluster.ts';

const KEY = 'some/key';

function setUp(settings: Partial<RoutedIndexSettings> = {}): {
  cluster: FakeCluster;
  client: IndexClient & Disposable;
  partition: PartitionId;
  attempts: () => ExecuteRequest[];
} {
  const cluster = createFakeCluster();
  const client = createRoutedIndexClient({
    map: cluster.map,
    sessions: cluster.sessions,
    clock: systemClock,
    random: systemRandom,
    settings,
  });
  const attempts = (): ExecuteRequest[] => cluster.seen.flatMap(({ ask }) => (ask.$case === 'execute' ? [ask.value] : []));
  return { cluster, client, partition: client.partitionOf(BUCKET, KEY), attempts };
}

const onlyNew = (): IndexCommand => smallPut(KEY, 'data', { ifNoneMatch: ['*'] });

test('W3: a lost answer is asked for again under the same id, and the write happened once', async () => {
  const { cluster, client, partition, attempts } = setUp();
  let lost = 0;
  cluster.fault = () => (lost++ === 0 ? 'lose-answer' : 'none');
  const result = await client.execute(partition, onlyNew());
  assert.equal(result.outcome?.$case, 'object');
  assert.deepEqual(
    attempts().map((a) => a.attempt),
    [1, 2],
  );
  assert.ok(attempts()[0]?.requestId.equals(attempts()[1]?.requestId ?? Buffer.alloc(0)));
  assert.equal(attempts()[0]?.requestId.length, 16);
});

test('W3: an unrecorded negative answer is ignored once a second attempt was sent', async () => {
  const { cluster, client, partition, attempts } = setUp();
  const negative = { $case: 'failure', value: { code: 3, detail: '', partNumber: 0, etag: '' } } as const;
  const { to } = cluster.sessions;
  let calls = 0;
  cluster.sessions.to = (address) => ({
    call: (ask, options) => {
      calls++;
      if (calls === 2) return Promise.resolve({ $case: 'execute', value: { result: { outcome: negative }, recorded: false } });
      return to(address).call(ask, options);
    },
  });
  cluster.fault = () => (calls === 1 ? 'lose-answer' : 'none');
  const result = await client.execute(partition, onlyNew());
  assert.equal(result.outcome?.$case, 'object');
  assert.deepEqual([...new Set(attempts().map((a) => a.attempt))], [1, 3]);
});

test('a sole attempt answered negatively and unrecorded is final, and a refusal that surely changed nothing does not count', async () => {
  const { cluster, client, partition, attempts } = setUp();
  await client.execute(partition, onlyNew());
  cluster.seen.length = 0;
  let refusals = 0;
  cluster.fault = () => (refusals++ < 1 ? RefusalCode.NOT_PRIMARY : 'none');
  const result = await client.execute(partition, onlyNew());
  assert.equal(result.outcome?.$case, 'failure');
  assert.deepEqual(
    attempts().map((a) => a.attempt),
    [1, 1],
  );
});

test('a request goes on at the new primary, when the old one is gone and when it is silent', { timeout: 60_000 }, async () => {
  for (const fault of ['drop', 'unsent', 'silent'] as const) {
    const { cluster, client, partition, attempts } = setUp();
    const old = cluster.primaryOf(partition);
    let asked = 0;
    // A silent node never answers: the request comes to its end only because it is left when the map moves. Else it moves between two attempts.
    cluster.fault = (node) => {
      if (node !== old) return 'none';
      asked++;
      if (fault === 'silent') setTimeout(() => cluster.failOver(partition), 20);
      else if (asked === 2) setImmediate(() => cluster.failOver(partition));
      return fault;
    };
    const result = await client.execute(partition, onlyNew());
    assert.equal(result.outcome?.$case, 'object', fault);
    const last = attempts().at(-1);
    // After an attempt that may have been executed the answer must be a recorded one.
    assert.equal((last?.attempt ?? 0) > 1, fault !== 'unsent');
    assert.ok((last?.ageMs ?? 0) >= 5);
  }
});

test('another in-sync replica is tried while the map stands still', async () => {
  const { cluster, client, partition } = setUp();
  cluster.failOver(partition, false);
  const result = await client.execute(partition, onlyNew());
  assert.equal(result.outcome?.$case, 'object');
});

test('W3: at the end of its patience a write of unknown outcome says so, and one surely not sent is unavailable', async () => {
  for (const [fault, code] of [
    ['drop', 'outcome-unknown'],
    ['unsent', 'unavailable'],
    [RefusalCode.TOO_OLD, 'unavailable'],
    [RefusalCode.NO_SPACE, 'no-space'],
  ] as const) {
    const { cluster, client, partition } = setUp({ patienceMs: 60 });
    cluster.fault = () => fault;
    await assert.rejects(client.execute(partition, onlyNew()), { code });
  }
  const { cluster, client, partition } = setUp({ patienceMs: 60 });
  cluster.fault = () => 'drop';
  await assert.rejects(client.execute(partition, { op: { $case: 'getObject', value: { bucketId: BUCKET, key: KEY, head: true } } }), {
    code: 'unavailable',
  });
});

test('a primary whose address the map does not tell yet is waited for, and not asked for in a tight loop', async () => {
  const { cluster, client, partition } = setUp({ patienceMs: 60 });
  const { current } = cluster.map;
  let looks = 0;
  cluster.map.current = () => {
    looks++;
    const map = current();
    return map === undefined ? undefined : { ...map, members: new Map() };
  };
  await assert.rejects(client.execute(partition, onlyNew()), { code: 'unavailable' });
  assert.ok(looks < 100, `${looks} looks`);
});

test('a caller that goes away ends the waiting', async () => {
  const { cluster, client, partition } = setUp();
  cluster.fault = () => 'silent';
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('gone')), 10);
  await assert.rejects(client.execute(partition, onlyNew(), abort.signal), { message: 'gone' });
});

test('X1: a page waits for every partition', async () => {
  const { cluster, client } = setUp();
  using impatient = createRoutedIndexClient({
    map: cluster.map,
    sessions: cluster.sessions,
    clock: systemClock,
    random: systemRandom,
    settings: { patienceMs: 60 },
  });
  for (let n = 0; n < 40; n++) await client.execute(client.partitionOf(BUCKET, `k${n}`), smallPut(`k${n}`, 'x'));
  const query = { bucket: BUCKET, prefix: '', delimiter: '', startAfter: '', limit: 1_000 };
  const dead = cluster.primaryOf(partitionId(0));
  cluster.fault = (node) => (node === dead ? 'drop' : 'none');
  await assert.rejects(impatient.list(query), { code: 'unavailable' });
  setTimeout(() => {
    for (const partition of client.partitions()) if (cluster.primaryOf(partition) === dead) cluster.failOver(partition);
  }, 20);
  const page = await client.list(query);
  assert.equal(page.entries.length, 40);
  assert.equal(page.truncated, false);
});
