import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incarnation, nodeName, zone } from '@pilvi/cluster-map';
import type { ClusterSettings, Incarnation, Member } from '@pilvi/cluster-map';
import { createMemoryControlStore } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { createManualClock, silentLogger, systemRandom } from '@pilvi/runtime';
import type { ClusterSessions } from './cluster-service.ts';
import { memberKey, PARTITION_PREFIX, partitionKey, SETTINGS_KEY } from './keys.ts';
import { SOLE_LEADER } from './leadership.ts';
import type { Leadership } from './leadership.ts';
import { createMapKeeper } from './map-keeper.ts';
import { createNodeReports } from './node-reports.ts';
import { runPlacementController } from './placement-controller.ts';
import { raiseMinimum } from './raise-copies.ts';
import { decodeConfig, decodeSettings, encodeConfig, encodeMember, encodeSettings } from './stored-form.ts';

const NODES = ['a', 'b', 'c'].map(incarnation);
const SETTINGS: ClusterSettings = { clusterId: 'x', copies: 3, minInSync: 2, minZones: 2, partitions: 256 };
const FOR_EVER = new AbortController().signal;

const memberOf = (id: Incarnation): Member => ({
  incarnation: id,
  name: nodeName(`storage-${id}`),
  zone: zone(`zone-${id}`),
  weight: 1,
  address: `unix:/${id}`,
  state: 'active',
  joinedMs: 0,
  lastSeenMs: 0,
});

async function cluster(settings: ClusterSettings = SETTINGS) {
  const clock = createManualClock();
  const control = createMemoryControlStore({ clock });
  await put(control, SETTINGS_KEY, encodeSettings(settings));
  for (const node of NODES) await put(control, memberKey(node), encodeMember(memberOf(node)));
  const maps = createMapKeeper();
  void maps.follow(control, FOR_EVER);
  const advised: number[] = [];
  const stop = new AbortController();
  const run = (leadership: Leadership, store: ControlStore = control): void => {
    const reports = createNodeReports(clock, maps);
    const sessions = { connected: () => true, advise: (_node: Incarnation, _wanted: unknown, term: number) => advised.push(term) > 0 };
    const components = {
      control: store,
      maps,
      reports,
      sessions: sessions as unknown as ClusterSessions,
      leadership,
      clock,
      random: systemRandom,
      log: silentLogger,
    };
    runPlacementController(components, { expectedNodes: 3, deadAfterMs: 600_000, intervalMs: 2_000 }, stop.signal).catch(() => undefined);
  };
  const placed = async (): Promise<number> => (await control.range(PARTITION_PREFIX)).entries.length;
  return { clock, control, run, placed, advised, [Symbol.dispose]: () => stop.abort() };
}

async function put(control: ControlStore, key: string, value: Buffer): Promise<void> {
  assert.ok((await control.txn([], [{ kind: 'put', key, value }])).succeeded);
}

test('the first placement fits the transactions of etcd, and goes on where another gateway left it', async () => {
  using lab = await cluster();
  const { control, clock, run, placed } = lab;
  let transactions = 0;
  const dying: Pick<ControlStore, 'get' | 'txn'> = {
    get: (key) => control.get(key),
    txn(compares, changes) {
      assert.ok(compares.length <= 128 && changes.length <= 128);
      return ++transactions > 1 ? new Promise<never>(() => undefined) : control.txn(compares, changes);
    },
  };
  run(SOLE_LEADER, dying as ControlStore);
  await clock.advance(3_000);
  const before = await placed();
  assert.ok(before > 0 && before < 256);
  const kept = decodeConfig((await control.get(partitionKey(0 as never)))!.value);
  run(SOLE_LEADER);
  await clock.advance(10_000);
  assert.equal(await placed(), 256);
  assert.deepEqual(decodeConfig((await control.get(partitionKey(0 as never)))!.value), kept);
});

test('a gateway that does not lead places nothing and advises nobody', async () => {
  using lab = await cluster();
  const { clock, run, placed, advised } = lab;
  run({ term: () => undefined });
  await clock.advance(10_000);
  assert.equal(await placed(), 0);
  // Deposed without knowing: its conditions no longer hold.
  run({ term: () => ({ number: 1, compares: [{ key: '/leader', modRevision: 1 }] }) });
  await clock.advance(10_000);
  assert.equal(await placed(), 0);
  assert.deepEqual(advised, []);
});

test('I3: the minimum is announced before it is raised, and only when every partition meets it', async () => {
  const few = { ...SETTINGS, partitions: 2, minInSync: 1, minZones: 1 };
  using lab = await cluster(few);
  const { control } = lab;
  const settings = async (): Promise<ClusterSettings> => decodeSettings((await control.get(SETTINGS_KEY))!.value);
  const term = SOLE_LEADER.term()!;
  const place = (partition: number, inSync: readonly Incarnation[]): Promise<void> =>
    put(
      control,
      partitionKey(partition as never),
      encodeConfig({ partition, epoch: 1, proposal: 'p', replicas: NODES, primary: NODES[0]!, inSync, learners: [] } as never),
    );
  await place(0, NODES);
  await place(1, NODES.slice(0, 1));
  await raiseMinimum({ control, log: silentLogger }, term);
  assert.deepEqual(await settings(), few);
  await place(1, NODES.slice(0, 2));
  await raiseMinimum({ control, log: silentLogger }, term);
  assert.deepEqual(await settings(), { ...few, coming: { minInSync: 2, minZones: 2 } });
  await place(1, NODES.slice(0, 1));
  await raiseMinimum({ control, log: silentLogger }, term);
  assert.deepEqual(await settings(), few, 'taken back');
  await place(1, NODES);
  await raiseMinimum({ control, log: silentLogger }, term);
  await raiseMinimum({ control, log: silentLogger }, term);
  assert.deepEqual(await settings(), { ...few, minInSync: 2, minZones: 2 });
});
