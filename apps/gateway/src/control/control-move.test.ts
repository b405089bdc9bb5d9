import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControlStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { createMapKeeper } from '../cluster/map-keeper.ts';
import { SETTINGS_KEY } from '../cluster/keys.ts';
import { encodeSettings } from '../cluster/stored-form.ts';
import type { EtcdConfig } from '../config.ts';
import { completeMove, INCOMPLETE_KEY, moveControlData, readMoved } from './control-move.ts';
import type { Moved } from './control-move.ts';
import { createFreezableStore } from './freezable-store.ts';

const ETCD: EtcdConfig = { endpoints: ['a:1'], cluster: 'c', caFile: '/ca', certFile: '/cert', keyFile: '/key', serverName: undefined };
const SETTINGS = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: 1 };
const KEYS = 250;

async function filled(clusterId = 'x'): Promise<ControlStore> {
  const store = createMemoryControlStore();
  await put(store, SETTINGS_KEY, encodeSettings({ ...SETTINGS, clusterId }));
  for (let i = 0; i < KEYS; i++) await put(store, keyOf(i), Buffer.from(`value ${String(i)}`));
  const lease = await store.grantLease(60_000);
  await store.txn([], [{ kind: 'put', key: '/gateways/gateway-1', value: Buffer.from('alive'), lease }]);
  return store;
}

const keyOf = (i: number): string => `/buckets/${String(i).padStart(4, '0')}`;

function put(store: ControlStore, key: string, value: Buffer) {
  return store.txn([], [{ kind: 'put', key, value }]);
}

async function move(from: ControlStore, to: ControlStore): Promise<Moved> {
  const components = { from: createFreezableStore(from), to, clock: systemClock, random: systemRandom, log: silentLogger };
  const moved = await moveControlData(components, ETCD);
  await completeMove(to, moved);
  return moved;
}

async function assertWhole(to: ControlStore): Promise<void> {
  assert.equal(await to.get(INCOMPLETE_KEY), undefined, 'it may serve');
  assert.equal((await to.range('/buckets/')).entries.length, KEYS);
  for (let i = 0; i < KEYS; i++) assert.equal((await to.get(keyOf(i)))?.value.toString(), `value ${String(i)}`);
  assert.equal((await to.range('/gateways/')).entries.length, 0, 'signs of life stay behind');
}

test('a move takes everything along, and revisions of the map go on growing', async () => {
  await using from = await filled();
  await using to = createMemoryControlStore();
  const { revision: before } = await from.range('');
  const moved = await move(from, to);
  await assertWhole(to);
  assert.deepEqual(await readMoved(from), JSON.parse(JSON.stringify(moved)));
  const maps = createMapKeeper();
  const stop = new AbortController();
  const following = maps.follow(to, stop.signal);
  while (maps.current() === undefined) await systemClock.sleep(1);
  assert.ok(maps.current()!.revision > before);
  stop.abort();
  await following;
});

test('broken off at any step, exactly one store serves afterwards, and it has everything', async () => {
  let steps = 0;
  let before = 0;
  let after = 0;
  for (let isOver = false; !isOver; steps++) {
    await using from = await filled();
    await using to = createMemoryControlStore();
    const power = { steps, isOff: false };
    const ended = await Promise.race([move(dying(from, power), dying(to, power)).then(() => 'done'), untilOff(power)]);
    isOver = ended === 'done';
    power.isOff = true;
    const mark = await readMoved(from);
    if (mark === undefined) {
      // The old one goes on; the new one does not serve, and a second move is as good as the first.
      before++;
      assert.ok((await to.range('')).entries.length === 0 || (await to.get(INCOMPLETE_KEY)) !== undefined);
      await put(from, '/buckets/0000', Buffer.from('value 0'));
      await move(from, to);
    } else {
      after++;
      await completeMove(to, mark);
    }
    await assertWhole(to);
  }
  assert.ok(before > 0 && after > 1, `${String(before)} ${String(after)}`);
});

test('nothing is moved onto the data of a cluster', async () => {
  await using from = await filled();
  await using to = await filled('other');
  await assert.rejects(move(from, to), { code: 'not-empty', message: /holds the control data of a cluster/ });
  assert.equal(await readMoved(from), undefined);
  assert.equal((await to.get(SETTINGS_KEY)) === undefined, false);
});

test('while it is moved nothing is written, and after a failure it is again', async () => {
  await using store = await filled();
  await using to = createMemoryControlStore();
  const from = createFreezableStore(store);
  const failing = { ...bind(to), range: () => Promise.reject(new Error('cut')) };
  const moving = moveControlData({ from, to: failing, clock: systemClock, random: systemRandom, log: silentLogger }, ETCD);
  await assert.rejects(put(from, '/x', Buffer.from('x')), { code: 'unavailable' });
  await assert.rejects(moving, { message: 'cut' });
  assert.ok((await put(from, '/x', Buffer.from('x'))).succeeded);
});

interface Power {
  /** Calls that it is on for. */
  steps: number;
  isOff: boolean;
}

/** The process that moves dies at a call: it is not made, and no answer comes. */
function dying(store: ControlStore, power: Power): ControlStore {
  const alive = <T>(call: () => Promise<T>): Promise<T> => {
    power.isOff ||= power.steps-- === 0;
    return power.isOff ? new Promise<never>(() => undefined) : call();
  };
  const bound = bind(store);
  return {
    ...bound,
    get: (...args) => alive(() => bound.get(...args)),
    range: (...args) => alive(() => bound.range(...args)),
    txn: (...args) => alive(() => bound.txn(...args)),
  };
}

async function untilOff(power: Power): Promise<string> {
  while (!power.isOff) await systemClock.sleep(1);
  return 'died';
}

function bind(store: ControlStore): ControlStore {
  return {
    get: (...args) => store.get(...args),
    range: (...args) => store.range(...args),
    txn: (...args) => store.txn(...args),
    watch: (...args) => store.watch(...args),
    grantLease: (ttlMs) => store.grantLease(ttlMs),
    keepAlive: (lease) => store.keepAlive(lease),
    revokeLease: (lease) => store.revokeLease(lease),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
