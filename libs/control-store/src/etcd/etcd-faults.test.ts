import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KVClient } from '@pilvi/contracts/etcd/rpc';
import type { CompactionResponse } from '@pilvi/contracts/etcd/rpc';
import { systemClock } from '@pilvi/runtime';
import { callUnary, createClusterAuthority, dial, issueCertificate } from '@pilvi/transport';
import type { ControlStore, WatchBatch } from '../control-store.ts';
import { ControlStoreError } from '../errors.ts';
import { openEtcdStore } from './etcd-store.ts';
import { openCuttableLink } from './testing/cuttable-link.ts';
import { NO_ETCD, startEtcdCluster } from './testing/etcd-cluster.ts';
import type { EtcdCluster } from './testing/etcd-cluster.ts';

const PATIENCE_MS = 60_000;
const COUNTER = '/counter';
const NEVER = new AbortController().signal;

describe('etcd faults', { skip: NO_ETCD }, () => {
  test('members killed, the leader killed, the quorum lost: nothing acknowledged is lost, a watch has no gap, all resumes', async () => {
    await using cluster = await startEtcdCluster(3);
    await using store = await openEtcdStore({ ...cluster, cluster: 'faults', timeoutMs: 3_000 });
    await using watched = watchAll(store);
    await using counting = countUp(store);
    await counting.progress();

    const leader = await cluster.leader();
    const follower = (leader + 1) % 3;
    await cluster.kill(follower);
    await counting.progress();
    cluster.start(follower);
    await cluster.leader();

    await cluster.kill(leader);
    await counting.progress();
    cluster.start(leader);
    await cluster.leader();
    await counting.progress();

    await cluster.kill(0);
    await cluster.kill(1);
    // However it ends, it ends; and it ends in "surely not done" as soon as the member that is left knows that it has no leader.
    await until(async () => (await errorOf(store.get(COUNTER))) === 'unavailable');
    await until(async () => (await errorOf(put(store, '/refused', 'x'))) === 'unavailable');
    cluster.start(0);
    cluster.start(1);
    await counting.progress();

    const acknowledged = await counting.stop();
    const history = await readHistory(store, await revisionOf(store));
    await until(() => watched.batches.length >= history.length);
    assert.deepEqual(watched.batches.map(shapeOf), history.map(shapeOf), 'the watch told what happened, once and in order');
    const values = history.flatMap((batch) => batch.events).flatMap((e) => (e.kind === 'put' ? [e.entry.value.toString()] : []));
    assert.deepEqual(
      values.filter((v) => v !== 'x'),
      values.filter((v) => v !== 'x').map((_, i) => String(i + 1)),
      'every change was decided on the one before it',
    );
    assert.deepEqual(
      acknowledged.filter((value) => !values.includes(value)),
      [],
      'nothing acknowledged is missing',
    );
  });

  test('a member that is stopped, with its connections open, is left by calls and watches', async () => {
    await using cluster = await startEtcdCluster(3);
    // The first member is asked first.
    await using store = await openEtcdStore({ ...cluster, cluster: 'paused', timeoutMs: 3_000, random: { fraction: () => 0 } });
    await using watched = watchAll(store);
    await using counting = countUp(store);
    await counting.progress();
    cluster.pause(0);
    await counting.progress();
    const { revision } = await untilDone(() => put(store, '/done', 'x'));
    await until(() => watched.batches.some((batch) => batch.revision === revision));
    cluster.resume(0);
  });

  test('a watch whose connection breaks goes on where it was, or says that it cannot', async () => {
    await using cluster = await startEtcdCluster(1);
    await using link = await openCuttableLink(cluster.endpoints[0]!);
    await using store = await openEtcdStore({ ...cluster, cluster: 'cut', endpoints: [link.address] });
    await using direct = await openEtcdStore({ ...cluster, cluster: 'cut' });
    await put(direct, '/a', '1');
    const watch = store.watch('/', 1, NEVER)[Symbol.asyncIterator]();
    assert.deepEqual(shapeOf((await watch.next()).value as WatchBatch).events, ['put /a 1']);

    link.cut();
    await assert.rejects(store.get('/a'), { code: 'unavailable' });
    await put(direct, '/a', '2');
    await put(direct, '/b', '3');
    link.mend();
    assert.deepEqual(shapeOf((await watch.next()).value as WatchBatch).events, ['put /a 2']);
    assert.deepEqual(shapeOf((await watch.next()).value as WatchBatch).events, ['put /b 3']);

    // What etcd forgets with a compaction at the very revision of a deletion must not be missed in silence.
    link.cut();
    const { revision } = await direct.txn([], [{ kind: 'delete', key: '/a' }]);
    await compact(cluster, revision);
    await put(direct, '/c', '4');
    link.mend();
    await assert.rejects(async () => watch.next(), { code: 'compacted' });
  });

  test('sizes, keyspaces, certificates', async () => {
    await using cluster = await startEtcdCluster(1);
    await using store = await openEtcdStore({ ...cluster, cluster: 'one' });
    await assert.rejects(put(store, '/large', 'x'.repeat(2 * 1024 * 1024)), { code: 'too-large' });
    const many = Array.from({ length: 200 }, (_, i) => ({ kind: 'put' as const, key: `/many/${String(i)}`, value: Buffer.from('x') }));
    await assert.rejects(store.txn([], many), { code: 'too-large' });
    assert.deepEqual((await store.range('')).entries, []);

    for (let i = 0; i < 2_500; i += 100) {
      const keys = Array.from({ length: 100 }, (_, j) => `/r/${String(i + j).padStart(5, '0')}`);
      await store.txn(
        [],
        keys.map((key) => ({ kind: 'put', key, value: Buffer.from(key) })),
      );
    }
    const { entries, more } = await store.range('/r/');
    assert.equal(more, false);
    assert.deepEqual(
      entries.map((e) => e.key),
      Array.from({ length: 2_500 }, (_, i) => `/r/${String(i).padStart(5, '0')}`),
    );

    await using other = await openEtcdStore({ ...cluster, cluster: 'on' });
    assert.deepEqual((await other.range('')).entries, []);

    const directory = await mkdtemp(join(tmpdir(), 'pilvi-etcd-stranger-'));
    try {
      const stranger = await issueCertificate(await createClusterAuthority(directory), { name: 'stranger', hosts: ['127.0.0.1'] });
      const tls = { ...stranger, ca: cluster.tls.ca };
      await assert.rejects(openEtcdStore({ ...cluster, tls, cluster: 'one' }), { code: 'unavailable' });
    } finally {
      await rm(directory, { recursive: true });
    }
    await cluster.kill(0);
    await assert.rejects(store.get('/a'), { code: 'unavailable' });
    await assert.rejects(put(store, '/a', 'x'), { code: 'unavailable' });
    await assert.rejects(openEtcdStore({ ...cluster, cluster: 'one' }), { code: 'unavailable' });
  });
});

/** Everything that a watch from the beginning tells, as it comes. */
function watchAll(store: ControlStore): { readonly batches: WatchBatch[] } & AsyncDisposable {
  const stop = new AbortController();
  const batches: WatchBatch[] = [];
  const run = (async () => {
    for await (const batch of store.watch('/', 1, stop.signal)) batches.push(batch);
  })();
  return {
    batches,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
    },
  };
}

/** Raises a counter by compare-and-set, over and over, whatever fails. */
function countUp(store: ControlStore) {
  let stopped = false;
  const acknowledged: string[] = [];
  const run = (async () => {
    while (!stopped) {
      try {
        const before = await store.get(COUNTER);
        const value = String(Number(before?.value.toString() ?? '0') + 1);
        const change = { kind: 'put' as const, key: COUNTER, value: Buffer.from(value) };
        const { succeeded } = await store.txn([{ key: COUNTER, modRevision: before?.modRevision ?? 0 }], [change]);
        if (succeeded) acknowledged.push(value);
      } catch (error) {
        if (!(error instanceof ControlStoreError) || (error.code !== 'unavailable' && error.code !== 'outcome-unknown')) throw error;
        await systemClock.sleep(20);
      }
    }
  })();
  const stop = async (): Promise<string[]> => {
    stopped = true;
    await run;
    return acknowledged;
  };
  return {
    /** Resolves when ten more were acknowledged. */
    progress(): Promise<void> {
      const goal = acknowledged.length + 10;
      return until(() => acknowledged.length >= goal);
    },
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function readHistory(store: ControlStore, through: number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  for await (const batch of store.watch('/', 1, NEVER)) {
    batches.push(batch);
    if (batch.revision >= through) break;
  }
  return batches;
}

/** The revision of the last change, which it makes. */
async function revisionOf(store: ControlStore): Promise<number> {
  const { revision } = await untilDone(() => put(store, '/last', 'x'));
  return revision;
}

function shapeOf(batch: WatchBatch): { revision: number; events: string[] } {
  return {
    revision: batch.revision,
    events: batch.events.map((e) => (e.kind === 'put' ? `put ${e.entry.key} ${e.entry.value.toString()}` : `delete ${e.key}`)),
  };
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as ControlStoreError).code;
  }
}

function put(store: ControlStore, key: string, value: string) {
  return store.txn([], [{ kind: 'put', key, value: Buffer.from(value) }]);
}

async function untilDone<T>(call: () => Promise<T>): Promise<T> {
  const giveUpMs = systemClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (systemClock.monotonicMs() > giveUpMs) throw error;
      await systemClock.sleep(20);
    }
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpMs = systemClock.monotonicMs() + PATIENCE_MS;
  while (!(await condition())) {
    assert.ok(systemClock.monotonicMs() < giveUpMs, 'in vain');
    await systemClock.sleep(20);
  }
}

async function compact(cluster: EtcdCluster, revision: number): Promise<void> {
  await using channel = dial({ address: cluster.endpoints[0]!, security: cluster.tls });
  const client = channel.client(KVClient);
  await callUnary<CompactionResponse>((metadata, options, done) =>
    client.compact({ revision: BigInt(revision), physical: true }, metadata, options, done),
  );
}
