import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import { ChunkFailureCode } from '@pilvi/contracts/chunk/v1/service';
import { IndexServiceService } from '@pilvi/contracts/index/v1/service';
import { incarnation } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource } from '@pilvi/cluster-map';
import { systemClock } from '@pilvi/runtime';
import { serve, serveSession } from '@pilvi/transport';
import type { RpcServer } from '@pilvi/transport';
import { isObjectStoreError } from '../errors.ts';
import { createMemoryChunkClient } from '../memory-chunk-client.ts';
import type { MemoryChunkClient } from '../memory-chunk-client.ts';
import type { ChunkAnswer, ChunkAsk, IndexAnswer, IndexAsk } from '../node-sessions.ts';
import { createFakeCluster } from './fake-cluster.ts';
import type { FakeCluster } from './fake-cluster.ts';

export interface ServedFakeCluster extends AsyncDisposable {
  readonly cluster: FakeCluster;
  readonly chunks: MemoryChunkClient;
  /** With the addresses at which the nodes really serve. */
  readonly map: ClusterMapSource;
  stop(node: number): Promise<void>;
  start(node: number): Promise<void>;
}

/** The fake cluster's nodes, each behind a gRPC server on a Unix socket. */
export async function serveFakeCluster(): Promise<ServedFakeCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-fake-'));
  const cluster = createFakeCluster();
  const chunks = createMemoryChunkClient({ clock: systemClock });
  const servers = new Map<number, RpcServer>();
  const addressOf = (node: number): string => `unix:${join(directory, `${node}.sock`)}`;

  const relocated = (map: ClusterMap): ClusterMap => ({
    ...map,
    members: new Map([...map.members].map(([id, member], n) => [id, { ...member, address: addressOf(n + 1) }])),
  });
  async function start(node: number): Promise<void> {
    const server = await serve({
      address: addressOf(node),
      security: { kind: 'unix' },
      services: [
        {
          definition: IndexServiceService,
          implementation: {
            session: (call: Parameters<typeof serveSession<IndexAsk, IndexAnswer>>[0]) =>
              serveSession<IndexAsk, IndexAnswer>(call, (ask) => cluster.sessions.to(`unix:/n${node}`).call(ask)),
          },
        },
        {
          definition: ChunkServiceService,
          implementation: {
            session: (call: Parameters<typeof serveSession<ChunkAsk, ChunkAnswer>>[0]) =>
              serveSession<ChunkAsk, ChunkAnswer>(call, (ask) => answerChunk(chunks, node, ask)),
          },
        },
      ],
    });
    servers.set(node, server);
  }
  async function stop(node: number): Promise<void> {
    await servers.get(node)?.[Symbol.asyncDispose]();
    servers.delete(node);
  }

  for (const node of [1, 2, 3]) await start(node);
  const known = new WeakMap<ClusterMap, ClusterMap>();
  return {
    cluster,
    chunks,
    start,
    stop,
    map: {
      current() {
        const map = cluster.map.current();
        if (map === undefined) return undefined;
        let moved = known.get(map);
        if (moved === undefined) known.set(map, (moved = relocated(map)));
        return moved;
      },
      subscribe: (listener) => cluster.map.subscribe((map) => listener(known.get(map) ?? relocated(map))),
    },
    async [Symbol.asyncDispose]() {
      for (const node of [...servers.keys()]) await stop(node);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answerChunk(chunks: MemoryChunkClient, node: number, ask: ChunkAsk): Promise<ChunkAnswer> {
  const holder = incarnation(`node-${node}`);
  const fail = (code: ChunkFailureCode): ChunkAnswer => ({ $case: 'failure', value: { code, detail: 'as told' } });
  try {
    if (ask.$case === 'put') {
      const { chunkId: id, partition, ...chunk } = ask.value;
      await chunks.put(holder, { ...chunk, id, partition: partition as Parameters<MemoryChunkClient['put']>[1]['partition'] });
      return { $case: 'done', value: {} };
    }
    if (ask.$case === 'stat') {
      await chunks.reach(holder);
      return { $case: 'stats', value: { states: [] } };
    }
    if (ask.$case !== 'get') throw new Error('not asked by this library');
    const data = await chunks.get(holder, ask.value.chunkId, ask.value);
    const whole = chunks.nodes[node - 1]?.chunks.get(ask.value.chunkId.toString('hex'));
    return { $case: 'data', value: { data, chunkSizeBytes: whole?.data.length ?? 0, crc32: whole?.crc32 ?? 0 } };
  } catch (error) {
    if (!isObjectStoreError(error, 'damaged')) return fail(ChunkFailureCode.INTERNAL);
    return fail(error.details.chunk === 'not-found' ? ChunkFailureCode.NOT_FOUND : ChunkFailureCode.DAMAGED);
  }
}
