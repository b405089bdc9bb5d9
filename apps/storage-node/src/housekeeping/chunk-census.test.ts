import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionId } from '@pilvi/cluster-map';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { ChunkNameKind } from '@pilvi/contracts/index/v1/command';
import type { Extent } from '@pilvi/contracts/index/v1/record';
import { takeChunkCensus } from './chunk-census.ts';

const P = partitionId(3);
const writerId = Buffer.alloc(8, 7);
const idAt = (tick: bigint): Buffer => {
  const id = Buffer.alloc(16);
  id.writeBigUInt64BE(tick, 0);
  writerId.copy(id, 8);
  return id;
};
const owner = (n: number): Buffer => Buffer.alloc(16, n);
const extent = (tick: bigint, n: number): Extent => ({
  intentId: owner(n),
  writerId,
  tickDeltas: [tick],
  chunkSizeBytes: 1,
  sizeBytes: 1n,
  holders: ['a', 'b'],
});

test('K4: the inventory is listed before anything is asked, kinds in the order in which names move; what nobody names is an orphan', async () => {
  const asked: ChunkNameKind[] = [];
  let isListed = false;
  const names = new Map<ChunkNameKind, { extents: Extent[]; intentIds: Buffer[] }>([
    [ChunkNameKind.INTENT, { extents: [], intentIds: [owner(1)] }],
    [ChunkNameKind.PART, { extents: [extent(2n, 2)], intentIds: [] }],
    [ChunkNameKind.OBJECT, { extents: [extent(3n, 3)], intentIds: [] }],
    [ChunkNameKind.GARBAGE, { extents: [extent(4n, 4)], intentIds: [owner(5)] }],
  ]);
  const inventory = {
    async *scan() {
      for (let n = 1; n <= 6; n++) yield { id: idAt(BigInt(n)), partition: P, owner: owner(n), sizeBytes: 1, crc32: 0 };
      isListed = true;
    },
  };
  const index = {
    execute: async (_: unknown, command: IndexCommand) => {
      assert.ok(isListed);
      assert.equal(command.op?.$case, 'listChunkNames');
      const { kind, afterRow } = command.op.value;
      asked.push(kind);
      // Two pages of each: the first is empty.
      const page =
        afterRow.length === 0 ? { extents: [], intentIds: [], lastRow: Buffer.of(1) } : { ...names.get(kind)!, lastRow: Buffer.alloc(0) };
      return { outcome: { $case: 'chunkNames' as const, value: page } };
    },
  };
  const census = await takeChunkCensus({ inventory, index } as never, P, new AbortController().signal);
  assert.deepEqual(asked, [1, 1, 2, 2, 3, 3, 4, 4]);
  assert.deepEqual(census.orphans, [idAt(6n)]);
  assert.deepEqual(
    census.committed.map((c) => c.id),
    [idAt(2n), idAt(3n)],
  );
  assert.deepEqual([census.intended, census.garbage], [2, 1]);
});
