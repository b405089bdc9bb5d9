import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

test('every quantile is within 1.1 % above the true one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e8, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const sorted = Float64Array.from(values).sort();
        const exact = sorted[Math.ceil(sorted.length * share) - 1]!;
        const found = histogram.quantileUs(share);
        assert.ok(found >= exact * 0.9999 && found <= exact * 1.011, `${found} for ${exact}`);
      },
    ),
  );
});

test('nothing recorded, nothing found', () => {
  assert.equal(new Histogram().quantileUs(0.99), 0);
});
