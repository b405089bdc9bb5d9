import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkRequestFrame, ChunkServiceService } from './generated/pilvi/chunk/v1/service.ts';
import { encodeMessage, LARGE_BYTES, takeBytes } from './wire.ts';
import { withOwnWire } from './with-own-wire.ts';

const plainRecord = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });

/** Sizes around every edge: varint lengths of one to four bytes, and the payloads kept apart. */
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + 1, 16_383, 16_384, 2_097_140, 2_097_152),
);
const request = plainRecord({
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  body: fc.oneof(
    plainRecord({
      $case: fc.constant('put' as const),
      value: plainRecord({
        chunkId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
        partition: fc.nat(),
        owner: sizes.map((size) => Buffer.alloc(size, 0x5a)),
        crc32: fc.nat(),
        data: sizes.map((size) => Buffer.alloc(size, size)),
      }),
    }),
    plainRecord({
      $case: fc.constant('delete' as const),
      value: plainRecord({
        chunkIds: fc.array(
          sizes.map((size) => Buffer.alloc(Math.min(size, 20_000), 1)),
          { maxLength: 4 },
        ),
        partition: fc.nat(),
      }),
    }),
  ),
});

test('encodeMessage writes what the generated encoder writes', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
      const expected = ChunkRequestFrame.encode({ requests }).finish();
      const encoded = encodeMessage(ChunkRequestFrame, { requests });
      assert.ok(encoded.equals(expected));
      assert.deepEqual(ChunkRequestFrame.decode(encoded), { requests });
    }),
    { numRuns: 150 },
  );
});

test('services encode and decode with it: a large payload is a slice of the message', () => {
  const data = Buffer.alloc(1024 * 1024, 3);
  const id = Buffer.alloc(16, 1);
  const message = ChunkServiceService.session.requestSerialize({
    requests: [{ id: 1n, body: { $case: 'put', value: { chunkId: id, partition: 0, owner: id, crc32: 0, data } } }],
  });
  const body = ChunkServiceService.session.requestDeserialize(message).requests[0]?.body;
  assert(body?.$case === 'put');
  assert.ok(body.value.data.equals(data));
  assert.equal(body.value.data.buffer, message.buffer);
  assert.notEqual(body.value.chunkId.buffer, message.buffer, 'an id does not keep the message in memory');
});

test('takeBytes answers a Buffer, whatever array it is given', () => {
  const large = new Uint8Array(LARGE_BYTES + 2).subarray(1, LARGE_BYTES + 1);
  assert.ok(Buffer.isBuffer(takeBytes(large)));
  assert.equal(takeBytes(large).buffer, large.buffer);
  assert.equal(takeBytes(large).length, LARGE_BYTES);
  assert.ok(Buffer.isBuffer(takeBytes(new Uint8Array(3))));
});

test('generated files import what they use', () => {
  const source =
    '// header\n\n/* eslint-disable */\nimport { A } from "a";\n\nimport { B } from "b";\nx = Buffer.from(reader.bytes());\n(v) => Buffer.from(Foo.encode(value).finish())\n';
  assert.equal(
    withOwnWire('pilvi/chunk/v1/service.ts', source),
    '// header\n\n/* eslint-disable */\nimport { encodeMessage, takeBytes } from "../../../../wire.ts";\nimport { A } from "a";\n\nimport { B } from "b";\nx = takeBytes(reader.bytes());\n(v) => encodeMessage(Foo, value)\n',
  );
  assert.equal(withOwnWire('a.ts', 'import { A } from "a";\n'), 'import { A } from "a";\n');
});
