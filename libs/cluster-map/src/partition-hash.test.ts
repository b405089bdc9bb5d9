import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketId } from './ids.ts';
import { partitionOf } from './partition-hash.ts';

test('the partition of a key never changes: objects are found by it', () => {
  assert.deepEqual(
    ['a', 'b', 'photos/2026/ä.jpg', ''].map((key) => partitionOf(bucketId('b1'), key, 128)),
    [125, 126, 66, 26],
  );
});

test('similar keys spread evenly', () => {
  const counts = new Array<number>(128).fill(0);
  for (let i = 0; i < 12_800; i++) {
    const p = partitionOf(bucketId('b1'), `dir/file-${String(i)}.txt`, 128);
    counts[p] = (counts[p] ?? 0) + 1;
  }
  assert.ok(Math.min(...counts) > 50, `least ${String(Math.min(...counts))}`);
  assert.ok(Math.max(...counts) < 170, `most ${String(Math.max(...counts))}`);
});
