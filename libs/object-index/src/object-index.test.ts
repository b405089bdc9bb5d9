import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketId, partitionId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexCommand, IndexResult, WriteCondition } from '@pilvi/contracts/index/v1/command';
import { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import type { Layout } from '@pilvi/contracts/index/v1/record';
import {
  createMemoryRows,
  decodeEntry,
  digestAfter,
  digestBytes,
  EMPTY_DIGEST,
  frame,
  readDigest,
  encodeEntry,
  evaluate,
  listObjects,
  read,
  recordedAnswer,
} from './index.ts';
import { keyTextOf, objectKey } from './row-keys.ts';

const PARTITION = partitionId(5);
const BUCKET = 'b1';
const replicas = ['n1', 'n2', 'n3'].map((incarnation, i) => ({ incarnation, zone: `z${String(i)}` }));
const placement = { replicas, minCopies: 2, minZones: 2 };

function machine(partition = PARTITION) {
  const rows = createMemoryRows();
  let nowMs = 1_700_000_000_000;
  return {
    rows,
    run(command: IndexCommand, requestId = Buffer.alloc(0)): IndexResult {
      nowMs += 5;
      const evaluation = evaluate({ view: rows, partition, nowMs, placement }, command);
      const entry = decodeEntry(encodeEntry({ partition, requestId, nowMs, evaluation }).body);
      rows.apply(entry.changes);
      return evaluation.result;
    },
    now: () => nowMs,
  };
}

const inline: Layout = { kind: { $case: 'inline', value: { crc32: 0 } } };
const chunked = (intent: Buffer, holders: string[]): Layout => ({
  kind: {
    $case: 'chunked',
    value: {
      extents: [{ intentId: intent, writerId: Buffer.alloc(8), tickDeltas: [1n], chunkSizeBytes: 1 << 20, sizeBytes: 100_000n, holders }],
    },
  },
});

function put(key: string, text: string, condition?: Partial<WriteCondition>): IndexCommand {
  const record = ObjectRecord.fromPartial({ versionId: 'null', sizeBytes: BigInt(text.length), etag: `e-${text}`, layout: inline });
  return {
    op: {
      $case: 'putObject',
      value: {
        bucketId: BUCKET,
        key,
        condition: { ifMatch: [], ifNoneMatch: [], ifMatchSize: -1n, ifMatchModifiedMs: -1n, ...condition },
        record,
        inlineData: Buffer.from(text),
        intentId: Buffer.alloc(0),
      },
    },
  };
}

const get = (key: string): IndexCommand => ({ op: { $case: 'getObject', value: { bucketId: BUCKET, key, head: false } } });

function failureOf(result: IndexResult): IndexFailureCode | undefined {
  return result.outcome?.$case === 'failure' ? result.outcome.value.code : undefined;
}

test('an object is read as it was put, and conditions are those of S3', () => {
  const m = machine();
  assert.equal(failureOf(m.run(put('a', 'one', { ifMatch: ['x'] }))), IndexFailureCode.NO_SUCH_KEY);
  assert.equal(failureOf(m.run(put('a', 'one', { ifNoneMatch: ['*'] }))), undefined);
  assert.equal(failureOf(m.run(put('a', 'two', { ifNoneMatch: ['*'] }))), IndexFailureCode.PRECONDITION_FAILED);
  assert.equal(failureOf(m.run(put('a', 'two', { ifMatch: ['e-other'] }))), IndexFailureCode.PRECONDITION_FAILED);
  assert.equal(failureOf(m.run(put('a', 'two', { ifMatch: ['e-one'] }))), undefined);
  const found = read({ view: m.rows, partition: PARTITION }, get('a'));
  assert.equal(found.outcome?.$case === 'found' && found.outcome.value.inlineData.toString(), 'two');
});

test('W3: the answer of a request is found by its id', () => {
  const m = machine();
  const id = Buffer.alloc(16, 7);
  const answer = m.run(put('a', 'one'), id);
  assert.deepEqual(recordedAnswer(m.rows, PARTITION, id, m.now() + 60_000), answer);
  assert.equal(recordedAnswer(m.rows, PARTITION, Buffer.alloc(16, 8), m.now()), undefined);
});

test('K1, K2: a commit needs an open intent and two present holders in two zones', () => {
  const m = machine();
  const intentId = Buffer.alloc(16, 1);
  const commit = (holders: string[]): IndexCommand => {
    const command = put('big', '');
    if (command.op?.$case === 'putObject') {
      command.op.value.record = ObjectRecord.fromPartial({ etag: 'e', layout: chunked(intentId, holders) });
      command.op.value.intentId = intentId;
    }
    return command;
  };
  assert.equal(failureOf(m.run(commit(['n1', 'n2']))), IndexFailureCode.INTENT_CLOSED);
  m.run({ op: { $case: 'openIntent', value: { bucketId: BUCKET, key: 'big', intentId } } });
  assert.equal(failureOf(m.run(commit(['n1', 'gone']))), IndexFailureCode.HOLDERS_STALE);
  assert.equal(failureOf(m.run(commit(['n1', 'n2']))), undefined);
  assert.equal(failureOf(m.run(commit(['n1', 'n2']))), IndexFailureCode.INTENT_CLOSED, 'the commit closed it');
});

test('X2: a bucket is sealed only when empty, and then takes no object', () => {
  const m = machine();
  const seal: IndexCommand = { op: { $case: 'sealBucket', value: { bucketId: BUCKET, attempt: 1n } } };
  m.run(put('a', 'one'));
  assert.equal(failureOf(m.run(seal)), IndexFailureCode.BUCKET_NOT_EMPTY);
  m.run({ op: { $case: 'deleteObject', value: { bucketId: BUCKET, key: 'a', condition: undefined } } });
  assert.equal(failureOf(m.run(seal)), undefined);
  assert.equal(failureOf(m.run(put('a', 'two'))), IndexFailureCode.BUCKET_SEALED);
});

test('X2: what an attempt that was overtaken says late changes nothing', () => {
  const m = machine();
  const seal = (attempt: bigint): IndexCommand => ({ op: { $case: 'sealBucket', value: { bucketId: BUCKET, attempt } } });
  const unseal = (attempt: bigint): IndexCommand => ({ op: { $case: 'unsealBucket', value: { bucketId: BUCKET, attempt } } });
  assert.equal(failureOf(m.run(seal(1n))), undefined);
  assert.equal(failureOf(m.run(unseal(2n))), undefined);
  assert.equal(failureOf(m.run(seal(1n))), IndexFailureCode.SEAL_OVERTAKEN);
  assert.equal(failureOf(m.run(put('a', 'one'))), undefined, 'the bucket lives');
  m.run({ op: { $case: 'deleteObject', value: { bucketId: BUCKET, key: 'a', condition: undefined } } });
  assert.equal(failureOf(m.run(seal(3n))), undefined);
  assert.equal(failureOf(m.run(unseal(2n))), IndexFailureCode.SEAL_OVERTAKEN);
  assert.equal(failureOf(m.run(put('a', 'two'))), IndexFailureCode.BUCKET_SEALED, 'the bucket goes');
});

test('D4: the digest is that of the rows, in whatever order they came and went', () => {
  const row = fc.tuple(fc.constantFrom('a', 'b', 'c', 'ab'), fc.string({ maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.boolean(), (changes, removeAll) => {
      const rows = new Map<string, Buffer>();
      let digest = EMPTY_DIGEST;
      const set = (key: string, value: Buffer | undefined): void => {
        digest = digestAfter(digest, Buffer.from(key), rows.get(key), value);
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      };
      for (const [key, text] of changes) set(key, text === '' ? undefined : frame(Buffer.from(text)));
      let again = EMPTY_DIGEST;
      for (const [key, value] of [...rows].reverse()) again = digestAfter(again, Buffer.from(key), undefined, value);
      assert.equal(digest, again);
      assert.equal(readDigest(digestBytes(digest)), digest);
      if (removeAll) for (const key of [...rows.keys()]) set(key, undefined);
      assert.equal(digest === EMPTY_DIGEST, rows.size === 0);
    }),
  );
  const swapped = (a: string, b: string): bigint =>
    [
      ['k1', a],
      ['k2', b],
    ].reduce((sum, [k, v]) => digestAfter(sum, Buffer.from(k!), undefined, Buffer.from(v!)), EMPTY_DIGEST);
  assert.notEqual(swapped('x', 'y'), swapped('y', 'x'));
});

test('row keys keep the byte order of the texts, whatever is in them', () => {
  const text = fc.string({ unit: fc.constantFrom('\0', 'a', 'ÿ', '/', '\u{10FFFF}', '\uFFFF'), maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const order = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.equal(Math.sign(Buffer.compare(objectKey(PARTITION, bucketId('x'), a), objectKey(PARTITION, bucketId('x'), b))), order);
      assert.equal(keyTextOf(objectKey(PARTITION, bucketId('x'), a)), a);
    }),
  );
});

test('a listing over several partitions is that of one sorted set', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\0'), minLength: 1, maxLength: 6 });
  const query = fc.record({
    prefix: fc.constantFrom('', 'a', 'a/', 'é'),
    delimiter: fc.constantFrom('', '/', 'b'),
    startAfter: fc.oneof(fc.constant(''), name),
    limit: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 25 }), query, async (keys, q) => {
      const partitions = [0, 1, 2].map(partitionId);
      const machines = partitions.map((p) => machine(p));
      keys.forEach((key, i) => machines[i % 3]?.run(put(key, key)));
      const page = await listObjects(
        partitions,
        { bucketId: BUCKET, ...q },
        (range) => machines[range.gte.readUInt16BE(0)]?.rows.cursor(range) ?? assert.fail(),
      );
      const expected = model(keys, q);
      assert.deepEqual(
        page.entries.map((e) => e.key),
        expected.slice(0, q.limit),
      );
      assert.equal(page.truncated, expected.length > q.limit);
    }),
  );
});

function model(keys: readonly string[], q: { prefix: string; delimiter: string; startAfter: string }): string[] {
  const after = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
  const rolled = keys
    .filter((k) => k.startsWith(q.prefix))
    .map((k) => {
      const at = q.delimiter === '' ? -1 : k.indexOf(q.delimiter, q.prefix.length);
      return { key: k, shown: at < 0 ? k : k.slice(0, at + q.delimiter.length) };
    });
  const shown = rolled
    .filter(
      (r) =>
        q.startAfter === '' ||
        (after(r.key, q.startAfter) && !(r.shown !== r.key && r.shown === q.startAfter && q.startAfter.endsWith(q.delimiter))),
    )
    .map((r) => r.shown);
  return [...new Set(shown)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
