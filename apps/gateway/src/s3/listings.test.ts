import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startMemoryS3 } from './testing/memory-s3.ts';
import type { TestServer } from './testing/s3-server.ts';
import { refusal, sdkClient } from './testing/sdk-client.ts';

const Bucket = 'listings';
const KEYS = ['a/1', 'a/2', 'a/b/3', 'a b+ä', 'b', 'c/', 'c/4', 'ÿ', '\u{1f600}', '\ufffd'];
/** Strict order of UTF-8 bytes: a code point beyond the first plane comes last. */
const SORTED = [...KEYS].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
let server: TestServer;
let s3: S3Client;
before(async () => {
  server = await startMemoryS3();
  s3 = sdkClient(server);
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of KEYS) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
after(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

async function names(
  more: Partial<ListObjectsV2CommandInput>,
): Promise<{ keys: unknown; prefixes: unknown; count: unknown; truncated: unknown }> {
  const page = await s3.send(new ListObjectsV2Command({ Bucket, ...more }));
  return {
    keys: (page.Contents ?? []).map((c) => c.Key),
    prefixes: (page.CommonPrefixes ?? []).map((p) => p.Prefix),
    count: page.KeyCount,
    truncated: page.IsTruncated,
  };
}

test('keys come in the order of their UTF-8 bytes', async () => {
  assert.deepEqual(await names({}), { keys: SORTED, prefixes: [], count: KEYS.length, truncated: false });
});

test('prefix, delimiter and start-after', async () => {
  assert.deepEqual((await names({ Prefix: 'a/' })).keys, ['a/1', 'a/2', 'a/b/3']);
  assert.deepEqual(await names({ Prefix: 'a/', Delimiter: '/' }), { keys: ['a/1', 'a/2'], prefixes: ['a/b/'], count: 3, truncated: false });
  assert.deepEqual((await names({ Delimiter: '/' })).prefixes, ['a/', 'c/']);
  assert.deepEqual((await names({ StartAfter: 'b' })).keys, SORTED.slice(SORTED.indexOf('b') + 1));
});

test('pages of every size join to the whole', async () => {
  for (const MaxKeys of [1, 2, 3, 7]) {
    const keys: unknown[] = [];
    const prefixes: unknown[] = [];
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Delimiter: '/', MaxKeys })) {
      keys.push(...(page.Contents ?? []).map((c) => c.Key));
      prefixes.push(...(page.CommonPrefixes ?? []).map((p) => p.Prefix));
    }
    assert.deepEqual(
      keys,
      SORTED.filter((k) => !k.includes('/')),
    );
    assert.deepEqual(prefixes, ['a/', 'c/']);
  }
});

test('max-keys', async () => {
  assert.deepEqual(await names({ MaxKeys: 0 }), { keys: [], prefixes: [], count: 0, truncated: false });
  const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }));
  assert.equal(page.MaxKeys, 1000);
  assert.equal(await refusal(s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 }))), 'InvalidArgument');
});

test('encoding-type=url', async () => {
  const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a b', EncodingType: 'url' }));
  assert.deepEqual(
    page.Contents?.map((c) => c.Key),
    ['a%20b%2B%C3%A4'],
  );
});

test('version 1: NextMarker with a delimiter alone', async () => {
  const plain = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1 }));
  assert.deepEqual([plain.IsTruncated, plain.NextMarker], [true, undefined]);
  const rolled = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: '/' }));
  assert.deepEqual([rolled.IsTruncated, rolled.NextMarker, rolled.CommonPrefixes?.[0]?.Prefix], [true, 'a/', 'a/']);
  const next = await s3.send(new ListObjectsCommand({ Bucket, Marker: 'a/', Delimiter: '/', MaxKeys: 1 }));
  assert.equal(next.Contents?.[0]?.Key, 'b');
  assert.equal(next.Contents[0].Owner?.DisplayName, 'main');
});

test('versions of an unversioned bucket', async () => {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 3 }));
  assert.deepEqual(
    page.Versions?.map((v) => [v.Key, v.VersionId, v.IsLatest]),
    SORTED.slice(0, 3).map((k) => [k, 'null', true]),
  );
  const rest = await s3.send(
    new ListObjectVersionsCommand({ Bucket, KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }),
  );
  assert.deepEqual(
    rest.Versions?.map((v) => v.Key),
    SORTED.slice(3),
  );
});
