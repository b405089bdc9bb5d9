import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { partitionId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { CompletedPart, IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import { ChecksumAlgorithm, GarbageRecord, ObjectRecord, PartRecord, UploadRecord } from '@pilvi/contracts/index/v1/record';
import { createMemoryRows, evaluate, listUploads, prefixRange, read, Table, tableRange, unframe } from './index.ts';

const P = partitionId(1);
const BUCKET = 'b';
const KEY = 'big/file';
const NO_CONDITION = { ifMatch: [], ifNoneMatch: [], ifMatchSize: -1n, ifMatchModifiedMs: -1n };
const replicas = ['n1', 'n2', 'n3'].map((incarnation, i) => ({ incarnation, zone: `z${String(i)}` }));

function machine() {
  const rows = createMemoryRows();
  let nowMs = 1_700_000_000_000;
  const run = (op: NonNullable<IndexCommand['op']>): IndexResult => {
    nowMs += 7;
    const evaluation = evaluate({ view: rows, partition: P, nowMs, placement: { replicas, minCopies: 2, minZones: 2 } }, { op });
    rows.apply(evaluation.changes);
    return evaluation.result;
  };
  const create = (uploadId: string, upload: Partial<UploadRecord> = {}, key = KEY): IndexResult =>
    run({ $case: 'createUpload', value: { bucketId: BUCKET, key, upload: UploadRecord.fromPartial({ uploadId, ...upload }) } });
  const putPart = (uploadId: string, number: number, data: Buffer, holders = ['n1', 'n2', 'n3']): CompletedPart => {
    const intentId = randomBytes(16);
    run({ $case: 'openIntent', value: { bucketId: BUCKET, key: KEY, intentId } });
    const etag = createHash('md5').update(data).digest('hex');
    const part = PartRecord.fromPartial({
      number,
      sizeBytes: BigInt(data.length),
      etag,
      checksums: [{ algorithm: ChecksumAlgorithm.CRC32, value: base64Crc(data), composite: false }],
      layout: {
        kind: {
          $case: 'chunked',
          value: {
            extents: [
              { intentId, writerId: Buffer.alloc(8), tickDeltas: [1n], chunkSizeBytes: 100, sizeBytes: BigInt(data.length), holders },
            ],
          },
        },
      },
    });
    const result = run({ $case: 'putPart', value: { bucketId: BUCKET, key: KEY, uploadId, part, intentId } });
    assert.equal(result.outcome?.$case, 'part');
    return { number, etag, checksums: [] };
  };
  const complete = (uploadId: string, parts: CompletedPart[], more: object = {}): IndexResult =>
    run({
      $case: 'completeUpload',
      value: {
        bucketId: BUCKET,
        key: KEY,
        uploadId,
        parts,
        condition: NO_CONDITION,
        minPartSizeBytes: 5n,
        expectedChecksums: [],
        expectedSizeBytes: -1n,
        ...more,
      },
    });
  const garbage = (): GarbageRecord[] => [...rows.scan(tableRange(P, Table.garbage))].map(([, v]) => GarbageRecord.decode(unframe(v)));
  const count = (table: (typeof Table)[keyof typeof Table]): number => [...rows.scan(tableRange(P, table))].length;
  return { rows, run, create, putPart, complete, garbage, count };
}

function base64Crc(data: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
}

function failureOf(result: IndexResult): IndexFailureCode | undefined {
  return result.outcome?.$case === 'failure' ? result.outcome.value.code : undefined;
}

function objectOf(result: IndexResult): ObjectRecord {
  assert.equal(
    result.outcome?.$case,
    'object',
    JSON.stringify(result, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)),
  );
  return result.outcome.value;
}

const A = Buffer.from('first part');
const B = Buffer.from('second');
const C = Buffer.from('c');

describe('a multipart upload', () => {
  it('becomes one object of the parts named; the others are garbage, and a second completion answers the same', () => {
    const m = machine();
    m.create('u', { checksumAlgorithm: ChecksumAlgorithm.CRC32, tags: [{ key: 'k', value: 'v' }], ownerId: 'me' });
    const parts = [m.putPart('u', 2, A), m.putPart('u', 5, B), m.putPart('u', 9, C)];
    m.putPart('u', 7, Buffer.from('not named'));
    assert.equal(objectOf(m.complete('u', parts)).layout, undefined);
    const found = read({ view: m.rows, partition: P }, { op: { $case: 'getObject', value: { bucketId: BUCKET, key: KEY, head: true } } });
    assert.equal(found.outcome?.$case, 'found');
    const object = found.outcome.value.record ?? assert.fail();
    const md5s = Buffer.concat([A, B, C].map((d) => createHash('md5').update(d).digest()));
    assert.equal(object.etag, `${createHash('md5').update(md5s).digest('hex')}-3`);
    assert.equal(object.sizeBytes, BigInt(A.length + B.length + C.length));
    assert.deepEqual(object.checksums, [
      { algorithm: ChecksumAlgorithm.CRC32, value: base64Crc(Buffer.concat([A, B, C])), composite: false },
    ]);
    assert.deepEqual(object.tags, [{ key: 'k', value: 'v' }]);
    assert.equal(object.ownerId, 'me');
    assert.deepEqual(
      object.parts.map((p) => [p.number, p.sizeBytes]),
      [
        [2, 10n],
        [5, 6n],
        [9, 1n],
      ],
    );
    assert.equal(m.garbage().length, 1, 'the part not named');
    assert.deepEqual([m.count(Table.upload), m.count(Table.part), m.count(Table.intent)], [0, 0, 0]);
    assert.deepEqual(objectOf(m.complete('u', parts)).etag, object.etag);
    assert.equal(m.garbage().length, 1, 'the second completion changes nothing');
    assert.equal(failureOf(m.complete('another', parts)), IndexFailureCode.NO_SUCH_UPLOAD);
  });

  it('has a composite checksum when it was asked for', () => {
    const m = machine();
    m.create('u', { checksumAlgorithm: ChecksumAlgorithm.CRC32, checksumComposite: true });
    const object = objectOf(m.complete('u', [m.putPart('u', 1, A), m.putPart('u', 2, B)]));
    const crcs = Buffer.concat([base64Crc(A), base64Crc(B)].map((c) => Buffer.from(c, 'base64')));
    assert.deepEqual(object.checksums, [{ algorithm: ChecksumAlgorithm.CRC32, value: `${base64Crc(crcs)}-2`, composite: true }]);
  });

  it('is refused for each thing that is wrong, and stays', () => {
    const m = machine();
    m.create('u');
    const [a, b, c] = [m.putPart('u', 1, A), m.putPart('u', 2, B), m.putPart('u', 3, C)];
    assert.equal(failureOf(m.complete('u', [b, a])), IndexFailureCode.INVALID_PART_ORDER);
    assert.equal(failureOf(m.complete('u', [a, a])), IndexFailureCode.INVALID_PART_ORDER);
    assert.equal(failureOf(m.complete('u', [a, { ...b, etag: 'other' }])), IndexFailureCode.INVALID_PART);
    assert.equal(failureOf(m.complete('u', [a, { ...b, number: 8 }])), IndexFailureCode.INVALID_PART);
    const wrong = { algorithm: ChecksumAlgorithm.CRC32, value: base64Crc(B), composite: false };
    assert.equal(failureOf(m.complete('u', [{ ...a, checksums: [wrong] }])), IndexFailureCode.INVALID_PART);
    assert.equal(failureOf(m.complete('u', [a, c, { ...b, number: 4 }])), IndexFailureCode.INVALID_PART);
    assert.equal(failureOf(m.complete('u', [c, a])), IndexFailureCode.INVALID_PART_ORDER);
    assert.equal(failureOf(m.complete('u', [a, b, c], { minPartSizeBytes: 7n })), IndexFailureCode.ENTITY_TOO_SMALL);
    const sha = { algorithm: ChecksumAlgorithm.SHA256, value: 'x', composite: false };
    assert.equal(failureOf(m.complete('u', [{ ...a, checksums: [sha] }])), IndexFailureCode.INVALID_PART, 'not of the part');
    assert.equal(failureOf(m.complete('u', [a], { expectedChecksums: [sha] })), IndexFailureCode.BAD_DIGEST, 'not of the whole');
    assert.equal(failureOf(m.complete('u', [a], { expectedSizeBytes: 9n })), IndexFailureCode.BAD_DIGEST);
    assert.equal(failureOf(m.complete('u', [a], { condition: { ...NO_CONDITION, ifMatch: ['x'] } })), IndexFailureCode.NO_SUCH_KEY);
    assert.equal(objectOf(m.complete('u', [a, b, c])).sizeBytes, 17n);
  });

  it('replaces a part put again, and leaves garbage of what it replaced and of what is aborted (K3)', () => {
    const m = machine();
    m.create('u');
    m.putPart('u', 1, A);
    m.putPart('u', 1, B, ['n1', 'n2']);
    assert.equal(m.garbage().length, 1);
    assert.equal(m.count(Table.repair), 1, 'n3 lacks the second');
    const listed = read(
      { view: m.rows, partition: P },
      { op: { $case: 'listParts', value: { bucketId: BUCKET, key: KEY, uploadId: 'u', afterNumber: 0, limit: 10 } } },
    );
    assert.deepEqual(listed.outcome?.$case === 'parts' && listed.outcome.value.parts.map((p) => p.sizeBytes), [6n]);
    assert.equal(m.run({ $case: 'abortUpload', value: { bucketId: BUCKET, key: KEY, uploadId: 'u' } }).outcome?.$case, 'done');
    assert.equal(m.garbage().length, 2);
    assert.deepEqual([m.count(Table.upload), m.count(Table.part), m.count(Table.repair)], [0, 0, 0]);
    assert.equal(
      failureOf(m.run({ $case: 'abortUpload', value: { bucketId: BUCKET, key: KEY, uploadId: 'u' } })),
      IndexFailureCode.NO_SUCH_UPLOAD,
    );
  });

  it('goes to garbage when its bucket is sealed (X2)', () => {
    const m = machine();
    m.create('u');
    m.putPart('u', 1, A);
    assert.equal(m.run({ $case: 'sealBucket', value: { bucketId: BUCKET, attempt: 1n } }).outcome?.$case, 'done');
    assert.equal(m.garbage().length, 1);
    assert.equal(failureOf(m.create('v')), IndexFailureCode.BUCKET_SEALED);
    assert.equal([...m.rows.scan(prefixRange(Buffer.from([0, 1, Table.part])))].length, 0);
  });

  it('is listed by key and id, from a marker on, rolled up', async () => {
    const m = machine();
    for (const [key, id] of [
      ['a', '2'],
      ['a', '1'],
      ['b/x', '1'],
      ['b/y', '1'],
      ['c', '1'],
    ] as const)
      m.create(id, {}, key);
    const list = async (query: object): Promise<string[]> => {
      const page = await listUploads(
        [P],
        { bucketId: BUCKET, prefix: '', delimiter: '', keyMarker: '', uploadIdMarker: '', limit: 10, ...query },
        (r) => m.rows.cursor(r),
      );
      return page.entries.map((e) => (e.upload === undefined ? e.commonPrefix : `${e.upload.key}:${e.upload.uploadId}`));
    };
    assert.deepEqual(await list({}), ['a:1', 'a:2', 'b/x:1', 'b/y:1', 'c:1']);
    assert.deepEqual(await list({ keyMarker: 'a', uploadIdMarker: '1' }), ['a:2', 'b/x:1', 'b/y:1', 'c:1']);
    assert.deepEqual(await list({ keyMarker: 'a' }), ['b/x:1', 'b/y:1', 'c:1']);
    assert.deepEqual(await list({ delimiter: '/' }), ['a:1', 'a:2', 'b/', 'c:1']);
    assert.deepEqual(await list({ delimiter: '/', keyMarker: 'b/' }), ['c:1']);
  });
});

describe('a delete', () => {
  const put = (m: ReturnType<typeof machine>, data: Buffer): void => {
    const record = ObjectRecord.fromPartial({
      sizeBytes: BigInt(data.length),
      etag: 'e',
      layout: { kind: { $case: 'inline', value: { crc32: 0 } } },
    });
    m.run({
      $case: 'putObject',
      value: { bucketId: BUCKET, key: KEY, condition: undefined, record, inlineData: data, intentId: Buffer.alloc(0) },
    });
  };
  const del = (m: ReturnType<typeof machine>, condition: object): IndexResult =>
    m.run({ $case: 'deleteObject', value: { bucketId: BUCKET, key: KEY, condition: { ...NO_CONDITION, ...condition } } });

  it('holds its conditions against a present object, and minds nothing when there is none', () => {
    const m = machine();
    assert.equal(del(m, { ifMatch: ['e'] }).outcome?.$case, 'done');
    put(m, A);
    assert.equal(failureOf(del(m, { ifMatch: ['x'] })), IndexFailureCode.PRECONDITION_FAILED);
    assert.equal(failureOf(del(m, { ifMatchSize: 1n })), IndexFailureCode.PRECONDITION_FAILED);
    assert.equal(failureOf(del(m, { ifMatchModifiedMs: 1000n })), IndexFailureCode.PRECONDITION_FAILED);
    assert.equal(del(m, { ifMatch: ['*'], ifMatchSize: BigInt(A.length) }).outcome?.$case, 'done');
    assert.deepEqual([m.count(Table.object), m.count(Table.inline)], [0, 0]);
  });
});
