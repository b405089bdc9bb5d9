import { crc32 } from 'node:zlib';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation } from '@pilvi/cluster-map';
import type { Clock } from '@pilvi/runtime';
import type { ChunkClient } from './clients.ts';
import { ObjectStoreError } from './errors.ts';

/** One node of the memory chunk client, and what is made to go wrong with it. */
export interface MemoryChunkNode {
  readonly incarnation: Incarnation;
  readonly zone: string;
  /** Chunks by id in hex. */
  readonly chunks: Map<string, { readonly data: Buffer; readonly crc32: number; readonly owner: Buffer }>;
  /** Every request fails. */
  isDown: boolean;
  /** Every request waits so long first; infinity: for ever. */
  delayMs: number;
  /** Stores and loads so many more requests, and then goes down. */
  failAfter: number;
  /** Refuses new chunks. */
  isFull: boolean;
  /** Not a replica: holds what it holds, but gets nothing new. */
  isReplica: boolean;
}

export interface MemoryChunkClient extends ChunkClient {
  readonly nodes: readonly MemoryChunkNode[];
  /** Flips a byte of every copy of every chunk on that node. */
  corrupt(node: MemoryChunkNode): void;
}

/** Chunks in memory on `nodes` nodes, each in a zone of its own. */
export function createMemoryChunkClient(input: {
  readonly clock: Clock;
  readonly nodes?: number;
  readonly minCopies?: number;
  readonly minZones?: number;
}): MemoryChunkClient {
  const { clock } = input;
  const nodes = Array.from({ length: input.nodes ?? 3 }, (_, n) => createNode(n + 1));
  const minimum = { copies: input.minCopies ?? Math.min(2, nodes.length), zones: input.minZones ?? Math.min(2, nodes.length) };

  async function reach(holder: Incarnation, signal: AbortSignal | undefined): Promise<MemoryChunkNode> {
    signal?.throwIfAborted();
    const node = nodes.find((candidate) => candidate.incarnation === holder);
    if (node?.delayMs === Number.POSITIVE_INFINITY) await aborted(signal);
    if (node !== undefined && node.delayMs > 0) await clock.sleep(node.delayMs, signal);
    if (node !== undefined && node.failAfter-- <= 0) node.isDown = true;
    if (node === undefined || node.isDown) throw new ObjectStoreError('unavailable', `${holder} does not answer`);
    return node;
  }

  return {
    nodes,
    minimum: () => minimum,
    holdersFor: () => nodes.filter((node) => node.isReplica),
    async put(holder, chunk, signal) {
      const node = await reach(holder, signal);
      if (node.isFull) throw new ObjectStoreError('no-space', `${holder} is full`);
      if (crc32(chunk.data) !== chunk.crc32) throw new ObjectStoreError('damaged', 'the bytes do not have their checksum');
      node.chunks.set(chunk.id.toString('hex'), { data: Buffer.from(chunk.data), crc32: chunk.crc32, owner: chunk.owner });
    },
    async get(holder, id, range, signal) {
      const node = await reach(holder, signal);
      const chunk = node.chunks.get(id.toString('hex'));
      if (chunk === undefined) throw new ObjectStoreError('damaged', `${holder} lacks the chunk`, { details: { chunk: 'not-found' } });
      if (crc32(chunk.data) !== chunk.crc32)
        throw new ObjectStoreError('damaged', `${holder} has it damaged`, { details: { chunk: 'damaged' } });
      return chunk.data.subarray(range.offset, range.offset + range.length);
    },
    reach: async (holder, signal) => void (await reach(holder, signal)),
    corrupt(node) {
      for (const { data } of node.chunks.values()) data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 0x40;
    },
  };
}

function createNode(n: number): MemoryChunkNode {
  const faults = { isDown: false, delayMs: 0, failAfter: Number.POSITIVE_INFINITY, isFull: false, isReplica: true };
  return { incarnation: incarnation(`node-${n}`), zone: `zone-${n}`, chunks: new Map(), ...faults };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
}
