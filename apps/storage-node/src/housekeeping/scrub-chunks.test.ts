import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { ChunkStoreError } from '@pilvi/chunk-store';
import type { ChunkInfo } from '@pilvi/chunk-store';
import { partitionId } from '@pilvi/cluster-map';
import { createManualClock, silentLogger } from '@pilvi/runtime';
import { scrubChunks } from './scrub-chunks.ts';
import type { ScrubChunksComponents } from './scrub-chunks.ts';

const P = partitionId(3);
const DATA = Buffer.from('what the other replica holds');
const chunk = (n: number): ChunkInfo => ({
  id: Buffer.alloc(16, n),
  partition: P,
  owner: Buffer.alloc(16),
  sizeBytes: DATA.length,
  crc32: crc32(DATA),
});
const [SOUND, ELSEWHERE, ORPHAN, LAST] = [chunk(1), chunk(2), chunk(3), chunk(4)];

test('P3: damage is healed from another copy; what nobody names goes; what is named and nowhere sound is told', async () => {
  const stored: string[] = [];
  const asked: unknown[] = [];
  const result = await scrubChunks(
    nodeWith({ stored, dropOrphans: async (partition) => (asked.push(partition), [ORPHAN.id]) }),
    HURRY,
    NEVER,
  );
  assert.deepEqual(result, { healed: 1, failed: 1 });
  assert.deepEqual(stored, [ELSEWHERE.id.toString('hex')]);
  assert.deepEqual(asked, [P], 'the whole partition is asked for once');
});

test('P3: while nobody can say who names a chunk, it counts as missing', async () => {
  const unreachable = nodeWith({ stored: [], dropOrphans: () => Promise.reject(new Error('no primary')) });
  assert.deepEqual(await scrubChunks(unreachable, HURRY, NEVER), { healed: 1, failed: 2 });
});

const HURRY = { hurry: true };
const NEVER = new AbortController().signal;

function nodeWith({ stored, dropOrphans }: { stored: string[] } & Pick<ScrubChunksComponents, 'dropOrphans'>): ScrubChunksComponents {
  const counter = { inc: () => undefined };
  const parts = {
    host: {
      core: { self: 'me' },
      partitions: () => [P],
      placement: () => ({ replicas: [{ incarnation: 'me' }, { incarnation: 'other' }] }),
    },
    inventory: {
      scan: async function* () {
        yield* [SOUND, ELSEWHERE, ORPHAN, LAST];
      },
    },
    chunks: {
      get: async (id: Buffer) => {
        if (!id.equals(SOUND.id)) throw new ChunkStoreError('damaged', 'a bit flipped');
      },
      put: async (info: ChunkInfo) => stored.push(info.id.toString('hex')),
    },
    peers: {
      call: async (_: unknown, { value }: { value: { chunkId: Buffer } }) =>
        value.chunkId.equals(ELSEWHERE.id) ? { $case: 'data', value: { data: DATA } } : { $case: 'failure', value: {} },
    },
    clock: createManualClock(),
    log: silentLogger,
    counts: { scrubbedChunks: counter, healedChunks: counter },
    dropOrphans,
  };
  return parts as unknown as ScrubChunksComponents;
}
