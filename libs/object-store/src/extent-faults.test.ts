import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createManualClock, createSeededRandom } from '@pilvi/runtime';
import type { ManualClock } from '@pilvi/runtime';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { extentsOf } from './extent-pieces.ts';
import { createInMemoryCloud } from './memory-cloud.ts';
import type { InMemoryCloud } from './memory-cloud.ts';
import type { MemoryChunkNode } from './memory-chunk-client.ts';
import type { IncomingBody } from './object-store.ts';
import type { ObjectStoreSettings } from './settings.ts';
import { BUCKET, bodyOf, putInput, readAll } from './testing/bodies.ts';
import { inVirtualTime } from './testing/virtual-time.ts';

const CHUNK = 256;
const QUICK = {
  inlineMaxBytes: 64,
  chunkSizeBytes: CHUNK,
  placePatienceMs: 150,
  readPatienceMs: 60,
  stallMs: 80,
  lateMs: 40,
  finishMaxMs: 200,
  hedgeMs: 20,
};
const DATA = createSeededRandom(7).bytes(20 * CHUNK + 5);

interface Setting {
  readonly cloud: InMemoryCloud;
  readonly nodes: [MemoryChunkNode, MemoryChunkNode, MemoryChunkNode];
  readonly clock: ManualClock;
}

function setUp(t: TestContext, settings: Partial<ObjectStoreSettings> = {}): Setting {
  const clock = createManualClock();
  const cloud = createInMemoryCloud({ settings: { ...QUICK, ...settings }, clock });
  t.after(() => inVirtualTime(clock, cloud[Symbol.asyncDispose]()));
  return { cloud, nodes: cloud.chunks.nodes as [MemoryChunkNode, MemoryChunkNode, MemoryChunkNode], clock };
}

async function put(setting: Setting, body: IncomingBody = bodyOf(DATA), key = 'key'): Promise<Extent> {
  return (await timedPut(setting, body, key)).extent;
}

async function timedPut(
  { cloud, clock }: Setting,
  body: IncomingBody = bodyOf(DATA),
  key = 'key',
): Promise<{ extent: Extent; tookMs: number }> {
  const { tookMs } = await inVirtualTime(clock, cloud.objects.putObject(putInput(key, body)));
  const [extent] = extentsOf((await inVirtualTime(clock, cloud.objects.headObject({ bucket: BUCKET, key }))).value.layout);
  assert.ok(extent !== undefined);
  return { extent, tookMs };
}

/** Reads the object back; answers how long that took. */
async function check({ cloud, clock }: Setting, key = 'key'): Promise<number> {
  const { value: found, tookMs: findingMs } = await inVirtualTime(clock, cloud.objects.getObject({ bucket: BUCKET, key }));
  const { value: data, tookMs } = await inVirtualTime(clock, readAll(found.open(0, DATA.length)));
  assert.ok(data.equals(DATA));
  return findingMs + tookMs;
}

/** Every named holder has every chunk. */
function holdsAll(node: MemoryChunkNode): boolean {
  return node.chunks.size === 21;
}

test('all three holders are named when all are well', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  const extent = await put(setting);
  assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-2', 'node-3']);
  assert.ok(nodes.every(holdsAll));
  assert.ok([...nodes[0].chunks.values()].every((chunk) => chunk.owner.equals(extent.intentId)));
  const ids = [...nodes[0].chunks.keys()].sort();
  assert.deepEqual(ids, [...nodes[0].chunks.keys()], 'ids ascend in the order of the body');
});

test('K1: a holder that fails at any chunk is not named, and the object is whole', async (t) => {
  for (const failAfter of [0, 1, 10, 20]) {
    const setting = setUp(t);
    const { nodes } = setting;
    nodes[1].failAfter = failAfter;
    const extent = await put(setting);
    assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-3'], `failed after ${failAfter}`);
    await check(setting);
  }
});

test('K1: with one holder left nothing is committed, and the upload is unavailable', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  nodes[0].failAfter = 3;
  nodes[2].failAfter = 8;
  await assert.rejects(put(setting), { code: 'unavailable' });
  await assert.rejects(setting.cloud.objects.getObject({ bucket: BUCKET, key: 'key' }), { code: 'no-such-key' });
});

test('full nodes are told as such', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  nodes[0].isFull = true;
  nodes[1].isFull = true;
  await assert.rejects(put(setting), { code: 'no-space' });
});

test('two holders failing one after the other in one upload: what they lack is copied to them', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  let sent = 0;
  const steps = (function* () {
    for (const offset of DATA.keys()) if (offset % CHUNK === 0) yield DATA.subarray(offset, offset + CHUNK);
  })();
  const bytes = (async function* () {
    for (const piece of steps) {
      nodes[0].isDown = sent >= 3 && sent < 8;
      nodes[1].isDown = sent >= 12;
      sent++;
      yield await Promise.resolve(piece);
      await setting.clock.sleep(2);
    }
  })();
  const extent = await put(setting, { ...bodyOf(DATA), bytes });
  assert.ok(extent.holders.length >= 2);
  for (const node of nodes)
    if (extent.holders.includes(node.incarnation)) assert.ok(holdsAll(node), `${node.incarnation} is named but lacks chunks`);
  await check(setting);
});

test('a straggler is waited for while it goes forward, and left out when it stands still', async (t) => {
  const slow = setUp(t);
  slow.nodes[2].delayMs = 8;
  assert.equal((await put(slow)).holders.length, 3);

  const setting = setUp(t);
  const { nodes, clock } = setting;
  nodes[2].delayMs = Number.POSITIVE_INFINITY;
  const first = await timedPut(setting);
  assert.deepEqual([...first.extent.holders].sort(), ['node-1', 'node-2']);
  assert.ok(first.tookMs >= QUICK.stallMs && first.tookMs <= QUICK.stallMs + QUICK.finishMaxMs, `${first.tookMs} ms`);
  const second = await timedPut(setting, bodyOf(DATA), 'again');
  assert.equal(second.tookMs, 0, 'a node known to stand still costs nothing');
  nodes[2].delayMs = 0;
  let named = 0;
  for (let n = 0; n < 40 && named < 3; n++) {
    await clock.advance(20);
    named = (await put(setting, bodyOf(DATA), 'well')).holders.length;
  }
  assert.equal(named, 3, 'it is trusted again soon after it answers');
});

test('K1: a copy that is late is not waited for, and comes all the same', async (t) => {
  const setting = setUp(t, { stallMs: 1_000, finishMaxMs: 5_000 });
  const { nodes, clock } = setting;
  nodes[2].delayMs = 300;
  const { extent, tookMs } = await timedPut(setting, bodyOf(DATA.subarray(0, 2 * CHUNK)));
  assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-2']);
  assert.equal(tookMs, QUICK.lateMs);
  assert.equal(nodes[2].chunks.size, 0);
  await clock.advance(300);
  assert.equal(nodes[2].chunks.size, 2);
  nodes[2].delayMs = QUICK.lateMs / 2;
  const { extent: next } = await timedPut(setting, bodyOf(DATA.subarray(0, 2 * CHUNK)), 'next');
  assert.equal(next.holders.length, 3, 'one that was late is not left out of the next');
});

test('HOLDERS_STALE: the new replicas are given the chunks, and the commit names them', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  nodes[1].failAfter = 0;
  let commits = 0;
  setting.cloud.index.interfere = (command) => {
    if (command.op?.$case !== 'putObject' || commits++ > 0) return;
    // Just before the first commit the partition moves from node-3 to node-2, which has come back.
    nodes[2].isReplica = false;
    nodes[1].isDown = false;
    nodes[1].failAfter = Number.POSITIVE_INFINITY;
  };
  const extent = await put(setting);
  assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-2']);
  assert.equal(commits, 2);
  assert.ok(holdsAll(nodes[1]));
});

test('reads go on with any one copy, and fail rather than give a wrong byte', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  await put(setting);
  nodes[0].isDown = true;
  setting.cloud.chunks.corrupt(nodes[1]);
  await check(setting);
  nodes[2].chunks.clear();
  await assert.rejects(check(setting), { code: 'unavailable' });
  nodes[0].isDown = false;
  await check(setting);
  nodes[0].chunks.clear();
  await assert.rejects(check(setting), { code: 'damaged' });
});

test('a chunk that repair moved to a replica not recorded is found', async (t) => {
  const setting = setUp(t);
  const { nodes } = setting;
  nodes[2].failAfter = 0;
  const extent = await put(setting);
  assert.ok(!extent.holders.includes('node-3'));
  for (const [id, chunk] of nodes[0].chunks) nodes[2].chunks.set(id, chunk);
  nodes[0].chunks.clear();
  nodes[1].chunks.clear();
  nodes[2].isDown = false;
  nodes[2].failAfter = Number.POSITIVE_INFINITY;
  await check(setting);
});

test('a silent holder costs one hedge, not one for every chunk', async (t) => {
  // One piece at a time, so that the waiting adds up.
  const setting = setUp(t, { prefetchBytes: CHUNK });
  await put(setting);
  setting.nodes[0].delayMs = Number.POSITIVE_INFINITY;
  assert.equal(await check(setting), QUICK.hedgeMs);
});
