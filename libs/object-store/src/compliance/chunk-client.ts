import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { incarnation, partitionId } from '@pilvi/cluster-map';
import { systemRandom } from '@pilvi/runtime';
import type { ChunkClient } from '../clients.ts';

const MIB = 1024 * 1024;
const PARTITION = partitionId(0);
const OWNER = Buffer.alloc(16, 3);

/** What every ChunkClient does, the one in memory and the routed one over real nodes. */
export function describeChunkClient(name: string, open: () => Promise<{ readonly client: ChunkClient } & AsyncDisposable>): void {
  void describe(`ChunkClient: ${name}`, () => {
    const run = (what: string, body: (client: ChunkClient) => Promise<void>): void => {
      void it(what, async () => {
        await using under = await open();
        await body(under.client);
      });
    };

    run('the holders of a partition satisfy the minimum', async (client) => {
      const holders = client.holdersFor(PARTITION);
      const { copies, zones } = client.minimum();
      assert.ok(holders.length >= copies);
      assert.ok(new Set(holders.map((holder) => holder.zone)).size >= zones);
      await Promise.resolve();
    });

    run('a chunk stored at every holder is read back from each, whole and in any range', async (client) => {
      for (const sizeBytes of [1, 1_000, MIB]) {
        const chunk = newChunk(sizeBytes);
        await Promise.all(client.holdersFor(PARTITION).map((holder) => client.put(holder.incarnation, chunk)));
        for (const holder of client.holdersFor(PARTITION)) {
          for (const [start, end] of [
            [0, sizeBytes],
            [0, 1],
            [sizeBytes - 1, sizeBytes],
            [sizeBytes >> 2, sizeBytes >> 1],
          ] as const) {
            if (start >= end) continue;
            const data = await client.get(holder.incarnation, chunk.id, { offset: start, length: end - start });
            assert.ok(data.equals(chunk.data.subarray(start, end)), `${start}-${end} of ${sizeBytes}`);
          }
        }
      }
    });

    run('many at a time, each gets its own', async (client) => {
      const [holder] = client.holdersFor(PARTITION);
      assert.ok(holder);
      const chunks = Array.from({ length: 40 }, () => newChunk(10_000));
      await Promise.all(chunks.map((chunk) => client.put(holder.incarnation, chunk)));
      const read = await Promise.all(chunks.map(({ id }) => client.get(holder.incarnation, id, { offset: 0, length: 10_000 })));
      assert.ok(read.every((data, n) => data.equals(chunks[n]?.data ?? Buffer.alloc(0))));
    });

    run('what is not there is told as such, by holders and by nodes that are none', async (client) => {
      const [holder] = client.holdersFor(PARTITION);
      assert.ok(holder);
      await assert.rejects(client.get(holder.incarnation, newChunk(1).id, { offset: 0, length: 1 }), {
        code: 'damaged',
        details: { chunk: 'not-found' },
      });
      await assert.rejects(client.get(incarnation('nobody'), newChunk(1).id, { offset: 0, length: 1 }), { code: 'unavailable' });
      await assert.rejects(client.put(incarnation('nobody'), newChunk(1)), { code: 'unavailable' });
    });

    run('bytes that do not have their checksum are not stored', async (client) => {
      const [holder] = client.holdersFor(PARTITION);
      assert.ok(holder);
      const chunk = newChunk(100);
      await assert.rejects(client.put(holder.incarnation, { ...chunk, crc32: chunk.crc32 ^ 1 }));
      await assert.rejects(client.get(holder.incarnation, chunk.id, { offset: 0, length: 100 }), { code: 'damaged' });
    });

    run('a caller that has gone away gets no answer', async (client) => {
      const [holder] = client.holdersFor(PARTITION);
      assert.ok(holder);
      await assert.rejects(client.put(holder.incarnation, newChunk(10), AbortSignal.abort(new Error('gone'))), { message: 'gone' });
    });
  });
}

function newChunk(sizeBytes: number): Parameters<ChunkClient['put']>[1] {
  const data = systemRandom.bytes(sizeBytes);
  return { id: systemRandom.bytes(16), partition: PARTITION, owner: OWNER, crc32: crc32(data), data };
}
