import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ChunkClient } from './clients.ts';
import { createObjectStore } from './create-object-store.ts';
import { createInMemoryCloud } from './memory-cloud.ts';
import { createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { putInput } from './testing/bodies.ts';
import { BUCKET } from './testing/bodies.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const PIECE = Buffer.alloc(64 * 1024, 7);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that somebody still holds. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

test('a body of 1 GiB goes through, in and out, in bounded memory, at the pace of the slower side', { timeout: 240_000 }, async () => {
  await using cloud = createInMemoryCloud();
  await using background = createSupervisor({ log: silentLogger });
  let underWay = 0;
  let mostUnderWay = 0;
  const whole = Buffer.alloc(MIB, 7);
  const chunks: ChunkClient = {
    holdersFor: (partition) => cloud.chunks.holdersFor(partition),
    minimum: () => cloud.chunks.minimum(),
    reach: () => Promise.resolve(),
    // One holder is slower than the others: its lag is what could pile up.
    async put(holder, { data }) {
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      await (holder === 'node-3' ? systemClock.sleep(1) : new Promise((resolve) => setImmediate(resolve)));
      underWay--;
      assert.equal(data[data.length - 1], 7);
    },
    get: async (_holder, _id, { offset, length }) => {
      await new Promise((resolve) => setImmediate(resolve));
      return whole.subarray(offset, offset + length);
    },
  };
  const objects = createObjectStore({ index: cloud.index, chunks, clock: systemClock, random: systemRandom, background });
  let most = 0;
  async function* bytes(): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < SIZE; sent += PIECE.length) {
      if (sent % (64 * MIB) === 0) most = Math.max(most, heldBytes());
      yield await Promise.resolve(PIECE);
    }
  }
  const before = heldBytes();
  await objects.putObject(putInput('big', { sizeBytes: SIZE, bytes: bytes(), finish: () => ({ etag: 'e', checksums: [] }) }));
  assert.ok(mostUnderWay <= 3 * 4 + 8, `${mostUnderWay} requests under way`);
  assert.ok(most - before < 128 * MIB, `${Math.round((most - before) / MIB)} MiB held`);

  const found = await objects.getObject({ bucket: BUCKET, key: 'big' });
  let read = 0;
  for await (const piece of found.open(0, SIZE)) read += piece.length;
  assert.equal(read, SIZE);
});
