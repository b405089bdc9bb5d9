import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlStore, WatchBatch } from './control-store.ts';

/** A store under test, and the way to let time pass for its leases. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ControlStore;
  /** Lets the time pass that the store's leases go by; where that is real, a slow machine may take up to 8 s longer. */
  pass(ms: number): Promise<void>;
}

/** Opens an empty store; `compactBelow` makes it forget older revisions. */
export type OpenStore = () => Promise<StoreUnderTest & { compactBelow(revision: number): Promise<void> }>;

const NEVER = new AbortController().signal;

/** What every ControlStore must do, in terms that etcd keeps too: revisions grow, but not always by one. */
export function testControlStore(name: string, open: OpenStore): void {
  const check = (what: string, run: (store: ControlStore, tools: Awaited<ReturnType<OpenStore>>) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      await using opened = await open();
      await run(opened.store, opened);
    });
  };

  check('a key is created, changed, deleted and created again', async (store) => {
    assert.equal(await store.get('/a'), undefined);
    const { revision: first } = await put(store, '/a', '1');
    const { revision: second } = await put(store, '/a', '2');
    assert.ok(second > first);
    const entry = await store.get('/a');
    assert.deepEqual(
      { ...entry, value: entry?.value.toString() },
      { key: '/a', value: '2', createRevision: first, modRevision: second, version: 2, lease: 0 },
    );
    await store.txn([], [{ kind: 'delete', key: '/a' }]);
    assert.equal(await store.get('/a'), undefined);
    await put(store, '/a', '3');
    const again = await store.get('/a');
    assert.equal(again?.version, 1);
    assert.equal(again.createRevision, again.modRevision);
  });

  check('a transaction changes everything or nothing', async (store) => {
    const { revision } = await put(store, '/a', '1');
    const refused = await store.txn(
      [
        { key: '/a', modRevision: revision },
        { key: '/b', modRevision: 5 },
      ],
      [{ kind: 'put', key: '/a', value: Buffer.from('no') }],
    );
    assert.equal(refused.succeeded, false);
    assert.equal(refused.revision, revision);
    const done = await store.txn(
      [
        { key: '/a', modRevision: revision },
        { key: '/b', modRevision: 0 },
      ],
      [
        { kind: 'delete', key: '/a' },
        { kind: 'put', key: '/b', value: Buffer.from('b') },
        { kind: 'put', key: '/c', value: Buffer.alloc(0) },
      ],
    );
    assert.equal(done.succeeded, true);
    const page = await store.range('/');
    assert.deepEqual(
      page.entries.map((e) => [e.key, e.value.toString(), e.modRevision]),
      [
        ['/b', 'b', done.revision],
        ['/c', '', done.revision],
      ],
    );
  });

  check('a transaction that changes nothing leaves the revision', async (store) => {
    const { revision } = await put(store, '/a', '1');
    assert.deepEqual(await store.txn([], [{ kind: 'delete', key: '/none' }]), { succeeded: true, revision });
    assert.deepEqual(await store.txn([{ key: '/a', modRevision: revision }], []), { succeeded: true, revision });
  });

  check('of many that compare the same revision, one succeeds', async (store) => {
    const { revision } = await put(store, '/a', '0');
    const attempts = Array.from({ length: 20 }, (_, i) =>
      store.txn([{ key: '/a', modRevision: revision }], [{ kind: 'put', key: '/a', value: Buffer.from(String(i)) }]),
    );
    assert.equal((await Promise.all(attempts)).filter((r) => r.succeeded).length, 1);
  });

  check('what was given may be overwritten by its owner', async (store) => {
    const value = Buffer.from('before');
    const done = store.txn([], [{ kind: 'put', key: '/a', value }]);
    value.fill(0);
    await done;
    assert.equal((await store.get('/a'))?.value.toString(), 'before');
  });

  check('a range is in the order of UTF-8 bytes, in pages', async (store) => {
    // U+FF5E is above the surrogates of U+1F600 in UTF-16, and below it in UTF-8.
    const keys = ['/p/', '/p/B', '/p/a', '/p/é', '/p/～', '/p/😀'];
    for (const key of [...keys].reverse()) await put(store, key, key);
    await put(store, '/o', 'before');
    await put(store, '/q', 'after');
    const got: string[] = [];
    let startAfter: string | undefined;
    for (let more = true; more;) {
      const page = await store.range('/p/', { limit: 2, ...(startAfter === undefined ? {} : { startAfter }) });
      assert.ok(page.entries.length <= 2);
      got.push(...page.entries.map((e) => e.key));
      startAfter = page.entries.at(-1)?.key;
      more = page.more;
    }
    assert.deepEqual(got, keys);
    assert.deepEqual((await store.range('/p/', { startAfter: '/a' })).entries.length, 6);
    assert.deepEqual((await store.range('/p/', { startAfter: '/z' })).entries, []);
    assert.equal((await store.range('')).entries.length, 8);
  });

  check('a watch gives what was and what comes, per revision, of its prefix', async (store) => {
    await put(store, '/w/0', 'too early');
    const { revision } = await put(store, '/w/1', '1');
    await put(store, '/x', 'other');
    const watch = store.watch('/w/', revision, NEVER)[Symbol.asyncIterator]();
    assert.deepEqual(await next(watch), [`put /w/1 1`]);
    const pending = next(watch);
    await store.txn(
      [],
      [
        { kind: 'delete', key: '/w/1' },
        { kind: 'put', key: '/w/2', value: Buffer.from('2') },
        { kind: 'put', key: '/y', value: Buffer.from('other') },
      ],
    );
    assert.deepEqual((await pending).sort(), ['delete /w/1', 'put /w/2 2']);
    await watch.return?.();
  });

  check('a watch from a revision to come waits for it', async (store) => {
    const { revision } = await put(store, '/a', '1');
    const watch = store.watch('/', revision + 1, NEVER)[Symbol.asyncIterator]();
    const pending = next(watch);
    await put(store, '/a', '2');
    assert.deepEqual(await pending, ['put /a 2']);
    await watch.return?.();
  });

  check('a watch ends when its signal aborts', async (store) => {
    const stop = new AbortController();
    const watch = store.watch('/', 1, stop.signal)[Symbol.asyncIterator]();
    const pending = watch.next();
    stop.abort();
    assert.equal((await pending).done, true);
  });

  check('a watch from what is compacted is told so', async (store, { compactBelow }) => {
    await put(store, '/a', '1');
    const { revision } = await put(store, '/a', '2');
    await compactBelow(revision);
    await assert.rejects(async () => await store.watch('/', 1, NEVER)[Symbol.asyncIterator]().next(), { code: 'compacted' });
  });

  check('keys go with their lease', async (store, { pass }) => {
    const lease = await store.grantLease(20_000);
    await put(store, '/kept', 'x');
    await put(store, '/moved', 'x', lease);
    await put(store, '/moved', 'x');
    const { revision } = await put(store, '/leased', 'x', lease);
    assert.equal((await store.get('/leased'))?.lease, lease);
    await pass(12_000);
    await store.keepAlive(lease);
    await pass(12_000);
    assert.notEqual(await store.get('/leased'), undefined);
    const watch = store.watch('/', revision + 1, NEVER)[Symbol.asyncIterator]();
    await pass(12_000);
    assert.deepEqual(await next(watch), ['delete /leased']);
    await watch.return?.();
    assert.deepEqual(
      (await store.range('/')).entries.map((e) => e.key),
      ['/kept', '/moved'],
    );
    await assert.rejects(store.keepAlive(lease), { code: 'lease-not-found' });
    await assert.rejects(put(store, '/late', 'x', lease), { code: 'lease-not-found' });
  });

  check('a lease can be revoked', async (store) => {
    const lease = await store.grantLease(10_000);
    await put(store, '/leased', 'x', lease);
    await store.revokeLease(lease);
    assert.equal(await store.get('/leased'), undefined);
    await assert.rejects(store.revokeLease(lease), { code: 'lease-not-found' });
  });

  check('a closed store says so', async (store) => {
    await put(store, '/a', '1');
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.get('/a'), { code: 'closed' });
    await assert.rejects(put(store, '/a', '2'), { code: 'closed' });
  });
}

function put(store: ControlStore, key: string, value: string, lease?: number) {
  return store.txn([], [{ kind: 'put', key, value: Buffer.from(value), ...(lease === undefined ? {} : { lease }) }]);
}

async function next(watch: AsyncIterator<WatchBatch>): Promise<string[]> {
  const result = await watch.next();
  if (result.done === true) assert.fail('the watch ended');
  return result.value.events.map((event) =>
    event.kind === 'put' ? `put ${event.entry.key} ${event.entry.value.toString()}` : `delete ${event.key}`,
  );
}
