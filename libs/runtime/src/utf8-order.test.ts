import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareUtf8 } from './utf8-order.ts';

const text = fc
  .array(fc.constantFrom('a', 'b', '/', 'é', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}'), { maxLength: 6 })
  .map((units) => units.join(''));

test('texts are compared as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
