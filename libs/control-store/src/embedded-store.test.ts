import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, truncate, open as openFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createManualClock, systemClock } from '@pilvi/runtime';
import type { ManualClock } from '@pilvi/runtime';
import { openEmbeddedControlStore } from './embedded-store.ts';
import type { EmbeddedControlStore, EmbeddedStoreOptions } from './embedded-store.ts';
import { openMirrorStorage } from './mirror-storage.ts';
import type { MirrorStorage } from './mirror-storage.ts';
import type { ControlMirror } from './mirror.ts';
import { copyIds } from './testing/copy-ids.ts';

const SEGMENT_BYTES = 64 * 1024;
/** What a slow machine may take; where a time-out is the point, the clock is moved by hand. */
const PATIENCE_MS = 30_000;

async function lab(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-control-'));
  const opened: AsyncDisposable[] = [];
  t.after(async () => {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  const track = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  return {
    directory,
    /** Its node stops. */
    close: async (one: AsyncDisposable): Promise<void> => {
      opened.splice(opened.indexOf(one), 1);
      await one[Symbol.asyncDispose]();
    },
    mirror: async (id: string): Promise<MirrorStorage> =>
      track(await openMirrorStorage({ id, directory: join(directory, id), segmentBytes: SEGMENT_BYTES })),
    store: async (options: Partial<EmbeddedStoreOptions> = {}): Promise<EmbeddedControlStore> => {
      const opened = track(
        await openEmbeddedControlStore({
          directory: join(directory, 'own'),
          segmentBytes: SEGMENT_BYTES,
          commitTimeoutMs: PATIENCE_MS,
          describeBoundMs: PATIENCE_MS,
          ...options,
        }),
      );
      await opened.serving(AbortSignal.timeout(PATIENCE_MS));
      return opened;
    },
  };
}

function put(store: EmbeddedControlStore, key: string, value: string) {
  return store.txn([], [{ kind: 'put', key, value: Buffer.from(value) }]);
}

async function read(store: EmbeddedControlStore, key: string): Promise<string | undefined> {
  return (await store.get(key))?.value.toString();
}

/** A mirror that can be cut off: its node does not run. */
function breakable(inner: ControlMirror): ControlMirror & { dead: boolean } {
  const check = async (): Promise<void> => {
    if (self.dead) throw new Error('connection refused');
  };
  const self: ControlMirror & { dead: boolean } = {
    id: inner.id,
    dead: false,
    describe: async (signal) => {
      await check();
      return inner.describe(signal);
    },
    append: async (request, signal) => {
      await check();
      return inner.append(request, signal);
    },
    install: async (parts, signal) => {
      await check();
      return inner.install(parts, signal);
    },
    async *read(clusterId, signal) {
      await check();
      yield* inner.read(clusterId, signal);
    },
  };
  return self;
}

/** The first file of a copy's log. */
async function segmentOf(copy: string): Promise<string> {
  const [segment] = (await readdir(copy)).filter((name) => name.startsWith('segment'));
  return join(copy, segment!);
}

async function overwrite(path: string, at: number, byte: number): Promise<void> {
  await using file = await openFile(path, 'r+');
  await file.write(Buffer.of(byte), 0, 1, at);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < PATIENCE_MS / 10; i++) {
    if (await condition()) return;
    await systemClock.sleep(10);
  }
  assert.fail('did not happen');
}

/** Keeps these mirrors up to date, and lets them count (E1). */
async function count(store: EmbeddedControlStore, mirrors: readonly ControlMirror[]): Promise<void> {
  store.setMirrors(mirrors);
  await store.requireMirrors(await copyIds(mirrors));
}

/** What a put says when its time is up; the time passes by hand, and only once the put waits. */
async function putInVain(store: EmbeddedControlStore, clock: ManualClock, key: string, value: string): Promise<void> {
  const outcome = assert.rejects(put(store, key, value), { code: 'outcome-unknown' });
  await clock.advance(PATIENCE_MS);
  await outcome;
}

test('what was committed is there after a reopen', async (t) => {
  const { store } = await lab(t);
  const first = await store();
  for (let i = 0; i < 50; i++) await put(first, `/k${String(i)}`, String(i));
  const lease = await first.grantLease(60_000);
  await first[Symbol.asyncDispose]();
  const second = await store();
  assert.equal(await read(second, '/k49'), '49');
  assert.equal(second.clusterId, first.clusterId);
  assert.equal(second.revision, first.revision);
  await second.keepAlive(lease);
});

test('the log is trimmed behind snapshots', async (t) => {
  const { store, directory } = await lab(t);
  const options = { snapshotEveryBytes: 128 * 1024 };
  const first = await store(options);
  for (let i = 0; i < 100; i++) await put(first, `/k${String(i % 5)}`, 'x'.repeat(20_000) + String(i));
  await first[Symbol.asyncDispose]();
  assert.ok((await readdir(join(directory, 'own'))).length < 12);
  const second = await store(options);
  assert.equal((await read(second, '/k4'))?.slice(20_000), '99');
  assert.equal((await second.get('/k4'))?.version, 20);
});

test('own copy gone: it is taken from the mirrors', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  await assert.rejects(store({ candidates: mirrors.map((m) => Object.assign(breakable(m), { dead: m.id !== 'a' })) }), {
    code: 'unavailable',
  });
  const second = await store({ candidates: mirrors });
  assert.equal(await read(second, '/k'), 'v');
  assert.equal(second.clusterId, first.clusterId);
});

test('own copy gone, and not all nodes are known yet: no start, and no new cluster', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  await assert.rejects(store({ candidates: [], expectedCandidates: 3 }), { code: 'unavailable' });
  await assert.rejects(store({ candidates: mirrors.slice(0, 1), expectedCandidates: 3 }), { code: 'unavailable' });
  assert.equal(await read(await store({ candidates: mirrors.slice(0, 2), expectedCandidates: 3 }), '/k'), 'v');
});

test('a flipped byte in the own log: set aside, and taken from the mirrors', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  for (let i = 0; i < 20; i++) await put(first, `/k${String(i)}`, 'v');
  await first[Symbol.asyncDispose]();
  await overwrite(await segmentOf(join(directory, 'own')), 200, 0xff);
  const second = await store({ candidates: mirrors });
  assert.equal(second.condition.kind, 'damaged');
  assert.equal(await read(second, '/k19'), 'v');
});

test('a torn tail counts as one until the copy is replaced, however many starts came to nothing meanwhile', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  await put(first, '/last', 'v');
  await first[Symbol.asyncDispose]();
  const path = await segmentOf(join(directory, 'own'));
  await overwrite(path, (await readFile(path)).lastIndexOf('/last') + 1, 0xff);
  for (let start = 0; start < 3; start++) {
    await assert.rejects(store({ candidates: [], expectedCandidates: 3 }), /own control data is torn-tail/);
  }
  const second = await store({ candidates: mirrors.slice(0, 2), expectedCandidates: 3 });
  assert.equal(second.condition.kind, 'torn-tail');
  assert.equal(await read(second, '/last'), 'v');
  await second[Symbol.asyncDispose]();
  assert.equal((await store({ candidates: mirrors })).condition.kind, 'sound');
});

test('a copy in use that is damaged or gone: a scrub says so, and the gateway fills it again', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b')];
  const [a, b] = mirrors as [MirrorStorage, MirrorStorage];
  const own = await store({ candidates: mirrors });
  own.setMirrors(mirrors);
  await put(own, '/k', 'v');
  assert.equal(await a.scrub(), undefined);
  assert.equal(await own.verify(), undefined);
  await overwrite(await segmentOf(join(directory, 'a')), 200, 0xff);
  assert.match((await a.scrub()) ?? '', /damaged/);
  await rm(join(directory, 'b'), { recursive: true });
  assert.match((await b.scrub()) ?? '', /missing/);
  for (const one of [a, b]) await until(async () => (await one.describe(new AbortController().signal)).revision === own.revision);
  assert.equal(await a.scrub(), undefined);
  await put(own, '/k', 'w');
  await rm(join(directory, 'own', 'manifest'));
  assert.match((await own.verify()) ?? '', /manifest/);
});

test('every copy of a cluster that exists is lost: no start, however often, and nothing begun anew', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const first = await store();
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own', 'manifest'));
  const candidates = [await mirror('a'), await mirror('b')];
  for (let start = 0; start < 3; start++) await assert.rejects(store({ candidates }), { code: 'unavailable', message: /is damaged/ });
  await rm(join(directory, 'own'), { recursive: true });
  await rename(join(directory, 'own.damaged'), join(directory, 'own.kept'));
  await assert.rejects(store({ candidates, clusterId: first.clusterId }), { code: 'unavailable', message: /is gone/ });
  assert.ok((await readdir(join(directory, 'own.kept'))).some((name) => name.startsWith('segment')));
});

test('a log that lost its end: the mirrors are ahead and are taken', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  for (let i = 0; i < 20; i++) await put(first, `/k${String(i)}`, 'v'.repeat(1000));
  await first[Symbol.asyncDispose]();
  const path = await segmentOf(join(directory, 'own'));
  const { size } = await stat(path);
  await truncate(path, 8_000);
  await truncate(path, size);
  const second = await store({ candidates: mirrors });
  assert.equal(await read(second, '/k19'), 'v'.repeat(1000));
});

test('a node has seen more than any copy at hand holds: no start', async (t) => {
  const { store, mirror } = await lab(t);
  const a = await mirror('a');
  const first = await store();
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await a.noteSeen(7);
  await assert.rejects(store({ candidates: [a] }), { code: 'unavailable', message: /seen revision 7/ });
});

test('two gateways: the first is shut out', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  let fatal: Error | undefined;
  const first = await store({ candidates: mirrors, onFatal: (error) => (fatal = error) });
  await count(first, mirrors);
  await put(first, '/k', 'one');
  const second = await store({ candidates: mirrors, directory: join(directory, 'other') });
  await count(second, mirrors);
  assert.equal(await read(second, '/k'), 'one');
  await assert.rejects(put(first, '/k', 'two'));
  await until(() => fatal !== undefined);
  await assert.rejects(first.get('/k'), { code: 'closed' });
  await put(second, '/k', 'three');
  assert.equal(await read(second, '/k'), 'three');
});

test('one dead mirror of three blocks nothing, and is caught up', async (t) => {
  const { store, mirror } = await lab(t);
  const c = await mirror('c');
  const broken = breakable(c);
  const mirrors = [await mirror('a'), await mirror('b'), broken];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  await put(first, '/k', '0');
  broken.dead = true;
  for (let i = 1; i < 30; i++) await put(first, '/k', String(i));
  broken.dead = false;
  await until(async () => (await c.describe(new AbortController().signal)).revision === first.revision);
});

test('too few mirrors: a commit does not count until they are back', async (t) => {
  const { store, mirror } = await lab(t);
  const broken = breakable(await mirror('b'));
  const mirrors = [await mirror('a'), broken];
  const clock = createManualClock();
  const first = await store({ candidates: mirrors, clock });
  await count(first, mirrors);
  await put(first, '/k', 'old');
  broken.dead = true;
  await putInVain(first, clock, '/k', 'new');
  assert.equal(await read(first, '/k'), 'old');
  await assert.rejects(put(first, '/k', 'newer'), { code: 'unavailable' });
  broken.dead = false;
  await until(async () => {
    await clock.advance(10);
    return (await read(first, '/k')) === 'new';
  });
  await put(first, '/k', 'newest');
});

test('a commit that never counted does not come back from a mirror that was away', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const [a, b, c] = [await mirror('a'), await mirror('b'), await mirror('c')];
  const [deadA, deadB] = [breakable(a), breakable(b)];
  const clock = createManualClock();
  const first = await store({ candidates: [deadA, deadB, c], clock });
  await count(first, [deadA, deadB, c]);
  await put(first, '/k', 'old');
  deadA.dead = deadB.dead = true;
  const lost = first.revision + 1;
  await putInVain(first, clock, '/k', 'lost');
  await until(async () => {
    await clock.advance(10);
    return (await c.describe(new AbortController().signal)).revision === lost;
  });
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  const deadC = Object.assign(breakable(c), { dead: true });
  const second = await store({ candidates: [a, b, deadC] });
  second.setMirrors([a, b, deadC]);
  await second.requireMirrors(await copyIds([a, b, c]));
  await put(second, '/other', 'x');
  assert.equal(await read(second, '/k'), 'old');
  deadC.dead = false;
  await second[Symbol.asyncDispose]();
  const third = await store({ candidates: [a, b, c] });
  assert.equal(await read(third, '/k'), 'old');
  assert.equal(await read(third, '/other'), 'x');
});

test('128 transactions at once go in one append or two', async (t) => {
  const { store, mirror } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  const appends = mirrors.map((m) => t.mock.method(m, 'append'));
  const first = await store({ candidates: mirrors, segmentBytes: 4 * 1024 * 1024 });
  await count(first, mirrors);
  await put(first, '/k', 'v');
  const before = appends.map((a) => a.mock.callCount());
  await Promise.all(Array.from({ length: 128 }, (_, i) => put(first, `/p/${String(i)}`, 'x'.repeat(300))));
  appends.forEach((a, i) => {
    assert.ok(a.mock.callCount() - before[i]! <= 2, `${String(a.mock.callCount() - before[i]!)} appends`);
  });
});

test('a start with too few of the mirrors that count serves nothing until they are back', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const mirrors = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: mirrors });
  await count(first, mirrors);
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await using second = await openEmbeddedControlStore({ directory: join(directory, 'own'), segmentBytes: SEGMENT_BYTES });
  second.setMirrors([mirrors[0]!]);
  await until(() => second.mirrorStates()[0]?.ackedRevision === first.revision);
  await assert.rejects(second.get('/k'), { code: 'unavailable', message: /waiting for 2 of the 3 storage nodes/ });
  await assert.rejects(put(second, '/k', 'w'), { code: 'unavailable' });
  second.setMirrors(mirrors.slice(0, 2));
  await second.serving(AbortSignal.timeout(PATIENCE_MS));
  assert.equal(await read(second, '/k'), 'v');
});

test('the mirrors that count are replaced one by one; without the own copy, only those that count are believed', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const [a, b, c, d, e] = [await mirror('a'), await mirror('b'), await mirror('c'), await mirror('d'), await mirror('e')];
  const first = await store({ candidates: [a, b, c] });
  await count(first, [a, b, c]);
  await put(first, '/k', 'of abc');
  first.setMirrors([b, c, d, e]);
  await first.requireMirrors(await copyIds([c, d, e]));
  first.setMirrors([d, e]);
  await put(first, '/k', 'of cde');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  // c names its successors, and one of them is not enough.
  await assert.rejects(store({ candidates: [a, b, c], expectedCandidates: 3 }), {
    code: 'unavailable',
    message: /1 .* where 2 are needed/,
  });
  assert.equal(await read(await store({ candidates: [b, d, e], expectedCandidates: 3 }), '/k'), 'of cde');
});

test('one of two mirrors is lost for good: the other is enough to go on with a third', async (t) => {
  const { store, mirror, directory } = await lab(t);
  const [a, b, c] = [await mirror('a'), await mirror('b'), await mirror('c')];
  const lost = breakable(b);
  const first = await store({ candidates: [a, lost] });
  await count(first, [a, lost]);
  await put(first, '/k', 'old');
  lost.dead = true;
  await first.requireMirrors(await copyIds([a]));
  await put(first, '/k', 'alone');
  first.setMirrors([a, c]);
  await first.requireMirrors(await copyIds([a, c]));
  await put(first, '/k', 'new');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  await assert.rejects(store({ candidates: [b] }), { code: 'unavailable', message: /1 .* where 2 are needed/ });
  assert.equal(await read(await store({ candidates: [a, b, c] }), '/k'), 'new');
});

test('two of three copies are lost for good: the own copy goes on once every node holds what it has', async (t) => {
  const { store, mirror, close, directory } = await lab(t);
  const [a, b, c] = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: [a, b, c] });
  await count(first, [a, b, c]);
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  for (const [name, lost] of Object.entries({ a, b })) {
    await close(lost);
    await rm(join(directory, name), { recursive: true });
  }
  const [emptyA, emptyB] = [breakable(await mirror('a')), await mirror('b')];
  const candidates = [emptyA, emptyB, c];
  assert.notDeepEqual(await copyIds(candidates.slice(0, 2)), await copyIds([b, c]));
  emptyA.dead = true;
  await using second = await openEmbeddedControlStore({ directory: join(directory, 'own'), segmentBytes: SEGMENT_BYTES, candidates });
  second.setMirrors(candidates);
  await until(() => second.mirrorStates().filter((m) => m.ackedRevision === second.revision).length === 2);
  await assert.rejects(second.get('/k'), { code: 'unavailable' }, 'a node that may hold more was not heard');
  emptyA.dead = false;
  await second.serving(AbortSignal.timeout(PATIENCE_MS));
  assert.equal(await read(second, '/k'), 'v');
  await count(second, candidates);
  await put(second, '/k', 'w');
  await second[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  assert.equal(await read(await store({ candidates: [emptyB, c], expectedCandidates: 3 }), '/k'), 'w');
});

test('without the own copy, a node whose copy was lost is not heard of what that copy had', async (t) => {
  const { store, mirror, close, directory } = await lab(t);
  const [a, b, c] = [await mirror('a'), await mirror('b'), await mirror('c')];
  const first = await store({ candidates: [a, b, c] });
  await count(first, [a, b, c]);
  await put(first, '/k', 'v');
  await first[Symbol.asyncDispose]();
  await rm(join(directory, 'own'), { recursive: true });
  await close(b);
  await rm(join(directory, 'b'), { recursive: true });
  const emptyB = await mirror('b');
  await assert.rejects(store({ candidates: [a, emptyB], expectedCandidates: 3 }), {
    code: 'unavailable',
    message: /1 .* where 2 are needed/,
  });
  assert.equal(await read(await store({ candidates: [a, emptyB, c] }), '/k'), 'v');
});

test('a copy keeps its id over restarts and snapshots; one that begins anew has another', async (t) => {
  const { store, mirror, close, directory } = await lab(t);
  const a = await mirror('a');
  const [id] = await copyIds([a]);
  const first = await store({ candidates: [a], snapshotEveryBytes: 1_000 });
  await count(first, [a]);
  for (let i = 0; i < 20; i++) await put(first, '/k', 'v'.repeat(1_000) + String(i));
  await first[Symbol.asyncDispose]();
  await close(a);
  const again = await mirror('a');
  assert.deepEqual(await copyIds([again]), [id]);
  await close(again);
  await overwrite(await segmentOf(join(directory, 'a')), 200, 0xff);
  const fresh = await mirror('a');
  assert.equal(fresh.condition.kind, 'damaged');
  const [other] = await copyIds([fresh]);
  assert.ok(other !== undefined && other !== '' && other !== id);
});
