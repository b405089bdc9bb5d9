import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandom } from '@pilvi/runtime';
import { createInMemoryCloud } from './memory-cloud.ts';
import type { ObjectStore } from './object-store.ts';
import { BUCKET, bodyOf, putInput, readAll } from './testing/bodies.ts';

type UploadFields = Parameters<ObjectStore['createUpload']>[0]['upload'];

const SMALL = { inlineMaxBytes: 64, chunkSizeBytes: 256, prefetchBytes: 1_024 };

test('an object of any size reads back as it was written, whole and in any range', async () => {
  await using cloud = createInMemoryCloud({ settings: SMALL });
  const sizes = fc.oneof(fc.constantFrom(0, 1, 63, 64, 65, 255, 256, 257, 512, 513, 1_024), fc.integer({ min: 0, max: 5_000 }));
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 700 }), fc.nat(), fc.nat(), async (sizeBytes, pieceBytes, a, b) => {
      const data = createSeededRandom(sizeBytes).bytes(sizeBytes);
      await cloud.objects.putObject(putInput('key', bodyOf(data, pieceBytes)));
      const found = await cloud.objects.getObject({ bucket: BUCKET, key: 'key' });
      assert.equal(Number(found.record.sizeBytes), sizeBytes);
      assert.equal(found.record.layout?.kind?.$case, sizeBytes <= 64 ? 'inline' : 'chunked');
      assert.ok((await readAll(found.open(0, sizeBytes))).equals(data));
      const [start, end] = [a % (sizeBytes + 1), b % (sizeBytes + 1)].sort((x, y) => x - y) as [number, number];
      assert.ok((await readAll(found.open(start, end))).equals(data.subarray(start, end)));
    }),
    { numRuns: 150 },
  );
});

test('a multipart object is its parts in order, in any range', async () => {
  await using cloud = createInMemoryCloud({ settings: SMALL });
  const key = 'parts';
  const upload: UploadFields = {
    metadata: { headers: [], user: [] },
    tags: [],
    checksumAlgorithm: 0,
    checksumComposite: false,
    ownerId: 'owner',
  };
  const { uploadId } = await cloud.objects.createUpload({ bucket: BUCKET, key, upload });
  const parts = [700, 256, 0, 1].map((size, i) => ({ number: i + 1, data: createSeededRandom(i).bytes(size) }));
  const named = [];
  for (const { number, data } of parts) {
    const { etag } = await cloud.objects.putPart({ bucket: BUCKET, key, uploadId, partNumber: number, body: bodyOf(data) });
    named.push({ number, etag, checksums: [] });
  }
  const listed = await cloud.objects.listParts({ bucket: BUCKET, key, uploadId, afterNumber: 1, limit: 2 });
  assert.deepEqual(
    listed.parts.map((part) => part.number),
    [2, 3],
  );
  assert.equal(listed.truncated, true);
  assert.equal(
    (await cloud.objects.listUploads({ bucket: BUCKET, prefix: '', delimiter: '', keyMarker: '', uploadIdMarker: '', limit: 9 })).entries
      .length,
    1,
  );
  const condition = { ifMatch: [], ifNoneMatch: [], ifMatchSize: -1n, ifMatchModifiedMs: -1n };
  const complete = {
    bucket: BUCKET,
    key,
    uploadId,
    parts: named,
    condition,
    minPartSizeBytes: 0,
    expectedChecksums: [],
    expectedSizeBytes: 957,
  };
  await assert.rejects(cloud.objects.completeUpload({ ...complete, parts: [{ number: 9, etag: 'x', checksums: [] }] }), {
    code: 'invalid-part',
  });
  await cloud.objects.completeUpload(complete);
  const whole = Buffer.concat(parts.map((part) => part.data));
  const found = await cloud.objects.getObject({ bucket: BUCKET, key });
  assert.ok((await readAll(found.open(0, 957))).equals(whole));
  assert.ok((await readAll(found.open(650, 957))).equals(whole.subarray(650)));
  await assert.rejects(cloud.objects.getUpload({ bucket: BUCKET, key, uploadId }), { code: 'no-such-upload' });
});

test('what is not there, and conditions that do not hold, are told by their code', async () => {
  await using cloud = createInMemoryCloud({ settings: SMALL });
  const address = { bucket: BUCKET, key: 'k' };
  await assert.rejects(cloud.objects.getObject(address), { code: 'no-such-key' });
  await assert.rejects(cloud.objects.putObjectTags({ ...address, tags: [] }), { code: 'no-such-key' });
  await cloud.objects.deleteObject({ ...address, condition: putInput('k', bodyOf(Buffer.alloc(0))).condition });
  const { etag } = await cloud.objects.putObject(putInput('k', bodyOf(Buffer.from('one'))));
  const onlyNew = {
    ...putInput('k', bodyOf(Buffer.alloc(900))),
    condition: { ifMatch: [], ifNoneMatch: ['*'], ifMatchSize: -1n, ifMatchModifiedMs: -1n },
  };
  await assert.rejects(cloud.objects.putObject(onlyNew), { code: 'precondition-failed', details: { etag, partNumber: undefined } });
  await cloud.objects.putObjectTags({ ...address, tags: [{ key: 'a', value: 'b' }] });
  assert.deepEqual((await cloud.objects.headObject(address)).tags, [{ key: 'a', value: 'b' }]);
});

test('inline bytes that do not have their checksum are not served', async () => {
  await using cloud = createInMemoryCloud();
  await cloud.objects.putObject(putInput('k', bodyOf(Buffer.from('small'))));
  const execute = cloud.index.execute;
  cloud.index.execute = async (...given) => {
    const result = await execute(...given);
    if (result.outcome?.$case === 'found') result.outcome.value.inlineData = Buffer.from('smalL');
    return result;
  };
  await assert.rejects(cloud.objects.getObject({ bucket: BUCKET, key: 'k' }), { code: 'damaged' });
});
