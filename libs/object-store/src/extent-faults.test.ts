import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createSeededRandom, systemClock } from '@pilvi/runtime';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { extentsOf } from './extent-pieces.ts';
import { createInMemoryCloud } from './memory-cloud.ts';
import type { InMemoryCloud } from './memory-cloud.ts';
import type { MemoryChunkNode } from './memory-chunk-client.ts';
import type { IncomingBody } from './object-store.ts';
import { BUCKET, bodyOf, putInput, readAll } from './testing/bodies.ts';

const CHUNK = 256;
const QUICK = {
  inlineMaxBytes: 64,
  chunkSizeBytes: CHUNK,
  placePatienceMs: 150,
  readPatienceMs: 60,
  stallMs: 80,
  finishMaxMs: 200,
  hedgeMs: 20,
};
const DATA = createSeededRandom(7).bytes(20 * CHUNK + 5);

function setUp(t: TestContext): { cloud: InMemoryCloud; nodes: [MemoryChunkNode, MemoryChunkNode, MemoryChunkNode] } {
  const cloud = createInMemoryCloud({ settings: QUICK });
  t.after(() => cloud[Symbol.asyncDispose]());
  return { cloud, nodes: cloud.chunks.nodes as [MemoryChunkNode, MemoryChunkNode, MemoryChunkNode] };
}

async function put(cloud: InMemoryCloud, body: IncomingBody = bodyOf(DATA), key = 'key'): Promise<Extent> {
  await cloud.objects.putObject(putInput(key, body));
  const [extent] = extentsOf((await cloud.objects.headObject({ bucket: BUCKET, key })).layout);
  assert.ok(extent !== undefined);
  return extent;
}

async function check(cloud: InMemoryCloud, key = 'key'): Promise<void> {
  const found = await cloud.objects.getObject({ bucket: BUCKET, key });
  assert.ok((await readAll(found.open(0, DATA.length))).equals(DATA));
}

/** Every named holder has every chunk. */
function holdsAll(node: MemoryChunkNode): boolean {
  return node.chunks.size === 21;
}

test('all three holders are named when all are well', async (t) => {
  const { cloud, nodes } = setUp(t);
  const extent = await put(cloud);
  assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-2', 'node-3']);
  assert.ok(nodes.every(holdsAll));
  assert.ok([...nodes[0].chunks.values()].every((chunk) => chunk.owner.equals(extent.intentId)));
  const ids = [...nodes[0].chunks.keys()].sort();
  assert.deepEqual(ids, [...nodes[0].chunks.keys()], 'ids ascend in the order of the body');
});

test('K1: a holder that fails at any chunk is not named, and the object is whole', async (t) => {
  for (const failAfter of [0, 1, 10, 20]) {
    const { cloud, nodes } = setUp(t);
    nodes[1].failAfter = failAfter;
    const extent = await put(cloud);
    assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-3'], `failed after ${failAfter}`);
    await check(cloud);
  }
});

test('K1: with one holder left nothing is committed, and the upload is unavailable', async (t) => {
  const { cloud, nodes } = setUp(t);
  nodes[0].failAfter = 3;
  nodes[2].failAfter = 8;
  await assert.rejects(put(cloud), { code: 'unavailable' });
  await assert.rejects(cloud.objects.getObject({ bucket: BUCKET, key: 'key' }), { code: 'no-such-key' });
});

test('full nodes are told as such', async (t) => {
  const { cloud, nodes } = setUp(t);
  nodes[0].isFull = true;
  nodes[1].isFull = true;
  await assert.rejects(put(cloud), { code: 'no-space' });
});

test('two holders failing one after the other in one upload: what they lack is copied to them', async (t) => {
  const { cloud, nodes } = setUp(t);
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
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const extent = await put(cloud, { ...bodyOf(DATA), bytes });
  assert.ok(extent.holders.length >= 2);
  for (const node of nodes)
    if (extent.holders.includes(node.incarnation)) assert.ok(holdsAll(node), `${node.incarnation} is named but lacks chunks`);
  await check(cloud);
});

test('a straggler is waited for while it goes forward, and left out when it stands still', async (t) => {
  const slow = setUp(t);
  slow.nodes[2].delayMs = 8;
  assert.equal((await put(slow.cloud)).holders.length, 3);

  const { cloud, nodes } = setUp(t);
  nodes[2].delayMs = Number.POSITIVE_INFINITY;
  const startMs = performance.now();
  assert.deepEqual([...(await put(cloud)).holders].sort(), ['node-1', 'node-2']);
  assert.ok(performance.now() - startMs < 1_000);
  await systemClock.sleep(100);
  const againMs = performance.now();
  await put(cloud, bodyOf(DATA), 'again');
  assert.ok(performance.now() - againMs < QUICK.stallMs, 'a node known to stand still costs nothing');
  nodes[2].delayMs = 0;
  let named = 0;
  for (let n = 0; n < 40 && named < 3; n++) {
    await systemClock.sleep(20);
    named = (await put(cloud, bodyOf(DATA), 'well')).holders.length;
  }
  assert.equal(named, 3, 'it is trusted again soon after it answers');
});

test('HOLDERS_STALE: the new replicas are given the chunks, and the commit names them', async (t) => {
  const { cloud, nodes } = setUp(t);
  nodes[1].failAfter = 0;
  let commits = 0;
  cloud.index.interfere = (command) => {
    if (command.op?.$case !== 'putObject' || commits++ > 0) return;
    // Just before the first commit the partition moves from node-3 to node-2, which has come back.
    nodes[2].isReplica = false;
    nodes[1].isDown = false;
    nodes[1].failAfter = Number.POSITIVE_INFINITY;
  };
  const extent = await put(cloud);
  assert.deepEqual([...extent.holders].sort(), ['node-1', 'node-2']);
  assert.equal(commits, 2);
  assert.ok(holdsAll(nodes[1]));
});

test('reads go on with any one copy, and fail rather than give a wrong byte', async (t) => {
  const { cloud, nodes } = setUp(t);
  await put(cloud);
  nodes[0].isDown = true;
  cloud.chunks.corrupt(nodes[1]);
  await check(cloud);
  nodes[2].chunks.clear();
  await assert.rejects(check(cloud), { code: 'unavailable' });
  nodes[0].isDown = false;
  await check(cloud);
  nodes[0].chunks.clear();
  await assert.rejects(check(cloud), { code: 'damaged' });
});

test('a chunk that repair moved to a replica not recorded is found', async (t) => {
  const { cloud, nodes } = setUp(t);
  nodes[2].failAfter = 0;
  const extent = await put(cloud);
  assert.ok(!extent.holders.includes('node-3'));
  for (const [id, chunk] of nodes[0].chunks) nodes[2].chunks.set(id, chunk);
  nodes[0].chunks.clear();
  nodes[1].chunks.clear();
  nodes[2].isDown = false;
  nodes[2].failAfter = Number.POSITIVE_INFINITY;
  await check(cloud);
});

test('a silent holder costs one hedge, not one for every chunk', async (t) => {
  const { cloud, nodes } = setUp(t);
  await put(cloud);
  nodes[0].delayMs = Number.POSITIVE_INFINITY;
  const startMs = performance.now();
  await check(cloud);
  assert.ok(performance.now() - startMs < 5 * QUICK.hedgeMs);
});
