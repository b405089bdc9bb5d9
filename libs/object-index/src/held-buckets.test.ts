import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketId, partitionId } from '@pilvi/cluster-map';
import { SealRecord } from '@pilvi/contracts/index/v1/record';
import { heldBuckets } from './held-buckets.ts';
import { objectKey, sealedKey, uploadKey } from './row-keys.ts';
import type { KeyRange, RowCursor } from './rows.ts';
import { frame } from './stored-value.ts';

const P = partitionId(3);
const [A, B, C, D] = ['a', 'ab', 'c', 'd'].map((id) => bucketId(id)) as [ReturnType<typeof bucketId>, ...ReturnType<typeof bucketId>[]];
const VALUE = Buffer.from('row');
const seal = (attempt: bigint, unsealed: boolean): Buffer => frame(SealRecord.encode({ attempt, unsealed }).finish());

function cursorOver(rows: readonly (readonly [Buffer, Buffer])[]): (range: KeyRange) => RowCursor {
  const sorted = [...rows].sort(([a], [b]) => Buffer.compare(a, b));
  return ({ gte, lt }) => {
    let from = gte;
    return {
      next(count) {
        const page = sorted.filter(([key]) => Buffer.compare(key, from) >= 0 && Buffer.compare(key, lt) < 0).slice(0, count);
        const last = page.at(-1);
        if (last !== undefined) from = Buffer.concat([last[0], Buffer.of(0)]);
        return Promise.resolve(page);
      },
      seek(key) {
        from = key;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  };
}

test('buckets are known by their objects, uploads and seals, also by those that only the log has', async () => {
  const rows = [
    ...['1', '2', '3'].map((key) => [objectKey(P, A, key), VALUE] as const),
    [objectKey(P, B!, 'x'), VALUE] as const,
    [uploadKey(P, C!, 'k', 'u'), VALUE] as const,
    [sealedKey(P, A), seal(2n, true)] as const,
    [sealedKey(P, B!), seal(1n, false)] as const,
    [objectKey(partitionId(4), bucketId('elsewhere'), 'x'), VALUE] as const,
  ];
  const logged = [[{ key: objectKey(P, D!, 'new'), value: VALUE }], [{ key: sealedKey(P, A), value: seal(3n, false) }]];
  assert.deepEqual(Object.fromEntries(await heldBuckets(P, cursorOver(rows), logged)), {
    a: { hasObjects: true, isSealed: true, deletionAttempt: 3n },
    ab: { hasObjects: true, isSealed: true, deletionAttempt: 1n },
    c: { hasObjects: true, isSealed: false, deletionAttempt: 0n },
    d: { hasObjects: true, isSealed: false, deletionAttempt: 0n },
  });
});
