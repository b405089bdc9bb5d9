import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARD_COUNT } from './chunk-files.ts';
import { startCounting } from './count-chunks.ts';

/** So many files of 10 bytes in each directory; says how many directories were looked at. */
function shards(filesEach: number) {
  const looked = { at: 0 };
  return {
    looked,
    async *count() {
      for (; looked.at < SHARD_COUNT;) {
        looked.at++;
        yield await Promise.resolve({ files: filesEach, bytes: filesEach * 10 });
      }
    },
  };
}

test('a store of few files is counted to the last', async () => {
  const files = shards(1);
  const count = await startCounting(files, { restMs: 0, filesCounted: 1_000 });
  assert.equal(count.bytes(), 10, 'the others are looked at later');
  while (files.looked.at < SHARD_COUNT) await new Promise(setImmediate);
  await count.stop();
  assert.equal(count.bytes(), 10 * SHARD_COUNT);
  count.add(5);
  count.add(-1_000_000);
  assert.equal(count.bytes(), 0);
});

test('of a store of many files some are counted, and the rest is taken to be alike', async () => {
  const files = shards(300);
  const count = await startCounting(files, { restMs: 0, filesCounted: 1_000 });
  while (files.looked.at < 4) await new Promise(setImmediate);
  await count.stop();
  assert.equal(files.looked.at, 4);
  assert.equal(count.bytes(), 3_000 * SHARD_COUNT);
  count.add(7);
  assert.equal(count.bytes(), 3_000 * SHARD_COUNT + 7);
});

test('an empty one is known for one at once', async () => {
  const count = await startCounting(shards(0), { restMs: 60_000, filesCounted: 1_000 });
  assert.equal(count.bytes(), 0);
  await count.stop();
});
