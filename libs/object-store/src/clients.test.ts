import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import type { ChunkClient, IndexClient } from './clients.ts';
import { describeChunkClient } from './compliance/chunk-client.ts';
import { describeIndexClient } from './compliance/index-client.ts';
import { createObjectStore } from './create-object-store.ts';
import { extentsOf } from './extent-pieces.ts';
import { createInMemoryCloud } from './memory-cloud.ts';
import { createNodeSessions } from './node-sessions.ts';
import { createRoutedChunkClient } from './routed-chunk-client.ts';
import { createRoutedIndexClient } from './routed-index-client.ts';
import { BUCKET, bodyOf, putInput, readAll } from './testing/bodies.ts';
import { serveFakeCluster } from './testing/serve-fake-cluster.ts';
import type { ServedFakeCluster } from './testing/serve-fake-cluster.ts';

interface RoutedClients extends AsyncDisposable {
  readonly served: ServedFakeCluster;
  readonly index: IndexClient;
  readonly chunks: ChunkClient;
}

/** The real clients over real sessions, to nodes that only play at being nodes. */
async function openRouted(): Promise<RoutedClients> {
  const served = await serveFakeCluster();
  const components = { map: served.map, clock: systemClock, random: systemRandom };
  const sessions = createNodeSessions({ ...components, security: { kind: 'unix' } });
  const index = createRoutedIndexClient({ ...components, sessions: sessions.index });
  const chunks = createRoutedChunkClient({ ...components, sessions: sessions.chunks });
  return {
    served,
    index,
    chunks,
    async [Symbol.asyncDispose]() {
      index[Symbol.dispose]();
      await sessions[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

describeIndexClient('in memory', () => {
  const cloud = createInMemoryCloud();
  const holders = (): string[] => cloud.chunks.nodes.map((node) => node.incarnation);
  return Promise.resolve({ client: cloud.index, holders, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() });
});

describeIndexClient('routed, over Unix sockets', async () => {
  const clients = await openRouted();
  const holders = (partition: ReturnType<IndexClient['partitionOf']>): string[] =>
    clients.chunks.holdersFor(partition).map((holder) => holder.incarnation);
  return { client: clients.index, holders, [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose]() };
});

describeChunkClient('in memory', () => {
  const cloud = createInMemoryCloud();
  return Promise.resolve({ client: cloud.chunks, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() });
});

describeChunkClient('routed, over Unix sockets', async () => {
  const clients = await openRouted();
  return { client: clients.chunks, [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose]() };
});

test('objects go on being written and read while a node stops and starts', async () => {
  await using clients = await openRouted();
  await using background = createSupervisor({ log: silentLogger });
  const objects = createObjectStore({
    index: clients.index,
    chunks: clients.chunks,
    clock: systemClock,
    random: systemRandom,
    background,
    settings: { chunkSizeBytes: 4_096 },
  });
  const data = systemRandom.bytes(200_000);
  const write = async (key: string): Promise<void> => {
    await objects.putObject(putInput(key, bodyOf(data)));
    const found = await objects.getObject({ bucket: BUCKET, key });
    assert.ok((await readAll(found.open(0, data.length))).equals(data));
  };
  await write('before');
  await clients.served.stop(2);
  for (const partition of clients.index.partitions())
    if (clients.served.cluster.primaryOf(partition) === 'n2') clients.served.cluster.failOver(partition);
  for (let n = 0; n < 10; n++) await write(`during ${n}`);
  await clients.served.start(2);
  let named = 0;
  for (let n = 0; n < 300 && named < 3; n++) {
    await systemClock.sleep(100);
    await write('after');
    named = extentsOf((await objects.headObject({ bucket: BUCKET, key: 'after' })).layout)[0]?.holders.length ?? 0;
  }
  assert.equal(named, 3, 'the node that came back is a holder again');
});
