import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { S3Error } from '@pilvi/s3-protocol';
import { contentRange, parseCopyRange, parseRange } from './byte-range.ts';

test('a range is clipped to the object', () => {
  assert.deepEqual(parseRange('bytes=0-9', 100), { start: 0, endExclusive: 10 });
  assert.deepEqual(parseRange('bytes=90-200', 100), { start: 90, endExclusive: 100 });
  assert.deepEqual(parseRange('bytes=5-', 100), { start: 5, endExclusive: 100 });
  assert.deepEqual(parseRange('bytes=-7', 100), { start: 93, endExclusive: 100 });
  assert.deepEqual(parseRange('bytes=-700', 100), { start: 0, endExclusive: 100 });
  assert.equal(contentRange({ start: 93, endExclusive: 100 }, 100), 'bytes 93-99/100');
});

test('what is no single byte range is ignored', () => {
  for (const header of [undefined, 'bytes=', 'bytes=-', 'bytes=9-2', 'bytes=0-1,4-5', 'items=0-1', 'bytes=a-b', '0-1'])
    assert.equal(parseRange(header, 100), undefined, String(header));
});

test('a range with nothing in it is refused', () => {
  const empty: [string, number][] = [
    ['bytes=100-', 100],
    ['bytes=-0', 100],
    ['bytes=0-0', 0],
    ['bytes=-1', 0],
  ];
  for (const [header, size] of empty) {
    assert.throws(
      () => parseRange(header, size),
      (error) => error instanceof S3Error && error.code === 'InvalidRange',
    );
  }
});

test('every range that is served lies within the object', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.option(fc.nat(1200)), fc.option(fc.nat(1200)), (size, first, last) => {
      try {
        const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
        if (range !== undefined) assert.ok(0 <= range.start && range.start < range.endExclusive && range.endExclusive <= size);
      } catch (error) {
        assert.ok(error instanceof S3Error);
      }
    }),
  );
});

test('a copy range names both ends, inside the source', () => {
  assert.deepEqual(parseCopyRange('bytes=0-9', 10), { start: 0, endExclusive: 10 });
  assert.deepEqual(parseCopyRange(undefined, 10), { start: 0, endExclusive: 10 });
  for (const header of ['bytes=0-10', 'bytes=0-', 'bytes=-3', '0-2', 'bytes=3-2']) assert.throws(() => parseCopyRange(header, 10), S3Error);
});
