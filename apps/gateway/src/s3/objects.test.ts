import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startMemoryS3 } from './testing/memory-s3.ts';
import type { TestServer } from './testing/s3-server.ts';
import { refusal, sdkClient } from './testing/sdk-client.ts';

const Bucket = 'objects';
let server: TestServer;
let s3: S3Client;
before(async () => {
  server = await startMemoryS3();
  s3 = sdkClient(server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  s3.destroy();
  await server[Symbol.asyncDispose]();
});

async function bodyOf(Key: string, more: object = {}): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return (await Body?.transformToString()) ?? '';
}

test('an object comes back with all that was said of it', async () => {
  const Key = 'a folder/ä+b?.txt';
  const put = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: 'hello',
      ContentType: 'text/x',
      CacheControl: 'no-cache',
      ContentEncoding: 'x-none',
      Metadata: { one: '1' },
      Tagging: 'a=1&b=%20',
    }),
  );
  assert.equal(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
  const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  assert.equal(await got.Body?.transformToString(), 'hello');
  assert.equal(got.ContentType, 'text/x');
  assert.equal(got.CacheControl, 'no-cache');
  assert.equal(got.ContentEncoding, 'x-none');
  assert.deepEqual(got.Metadata, { one: '1' });
  assert.equal(got.TagCount, 2);
  assert.equal(got.AcceptRanges, 'bytes');
  assert.equal(got.ChecksumCRC32, 'NhCmhg==');
  assert.equal(got.VersionId, undefined);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  assert.equal(head.ContentLength, 5);
  assert.equal(head.ETag, put.ETag);
});

test('an empty object, and one of many pieces', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  assert.equal(await bodyOf('empty'), '');
  const big = Buffer.alloc(5 * 1024 ** 2 + 17, 'pilvi');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'big', Body: big }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'big' }));
  assert.ok(big.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  assert.equal(await bodyOf('big', { Range: 'bytes=1048574-1048579' }), big.subarray(1048574, 1048580).toString());
});

test('ranges', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '0123456789' }));
  const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'digits', Range: 'bytes=2-4' }));
  assert.equal(part.$metadata.httpStatusCode, 206);
  assert.equal(part.ContentRange, 'bytes 2-4/10');
  assert.equal(await part.Body?.transformToString(), '234');
  assert.equal(await bodyOf('digits', { Range: 'bytes=-3' }), '789');
  assert.equal(await refusal(bodyOf('digits', { Range: 'bytes=10-' })), 'InvalidRange');
  assert.equal(await refusal(bodyOf('digits', { PartNumber: 2 })), 'InvalidPartNumber');
  assert.equal(await bodyOf('digits', { PartNumber: 1 }), '0123456789');
});

test('conditions of reads', async () => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'x' }));
  assert.equal(await bodyOf('cond', { IfMatch: ETag }), 'x');
  assert.equal(await refusal(bodyOf('cond', { IfMatch: '"other"' })), 'PreconditionFailed');
  assert.equal(await refusal(bodyOf('cond', { IfNoneMatch: ETag })), '304');
  assert.equal(await refusal(bodyOf('cond', { IfModifiedSince: new Date(Date.now() + 60_000) })), '304');
  assert.equal(await refusal(bodyOf('cond', { IfUnmodifiedSince: new Date(0) })), 'PreconditionFailed');
  assert.equal(await bodyOf('cond', { IfMatch: ETag, IfUnmodifiedSince: new Date(0) }), 'x');
});

test('conditions of writes', async () => {
  const Key = 'once';
  assert.equal(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: '1', IfMatch: '*' }))), 'NoSuchKey');
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: '1', IfNoneMatch: '*' }));
  assert.equal(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: '2', IfNoneMatch: '*' }))), 'PreconditionFailed');
  assert.equal(await refusal(s3.send(new PutObjectCommand({ Bucket, Key, Body: '2', IfMatch: '"no"' }))), 'PreconditionFailed');
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: '2', IfMatch: ETag }));
  assert.equal(await refusal(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag }))), 'PreconditionFailed');
  await s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: '*' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: '*' }));
  assert.equal(await refusal(bodyOf(Key)), 'NoSuchKey');
});

test('every checksum algorithm, right and wrong', async () => {
  for (const algorithm of Object.values(ChecksumAlgorithm).filter((a) => ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'].includes(a))) {
    if (algorithm === 'CRC64NVME') continue; // the SDK needs a native module to compute it
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'abc', ChecksumAlgorithm: algorithm }));
    const name = `Checksum${algorithm}` as 'ChecksumCRC32';
    assert.equal(typeof put[name], 'string', algorithm);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    assert.equal(head[name], put[name]);
    assert.equal(head.ChecksumType, 'FULL_OBJECT');
  }
  assert.equal(await refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'abc', ChecksumCRC32: 'AAAAAA==' }))), 'BadDigest');
  assert.equal(await refusal(bodyOf('wrong')), 'NoSuchKey');
  assert.equal(
    await refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'abc', ContentMD5: '1B2M2Y8AsgTpgAmY7PhCfg==' }))),
    'BadDigest',
  );
});

test('what is not built is refused, never dropped', async () => {
  const base = { Bucket, Key: 'unbuilt', Body: 'x' };
  for (const more of [
    { ServerSideEncryption: 'AES256' },
    { ACL: 'public-read' },
    { StorageClass: 'GLACIER' },
    { ObjectLockLegalHoldStatus: 'ON' },
    { GrantRead: 'id="x"' },
  ] as const) {
    assert.equal(await refusal(s3.send(new PutObjectCommand({ ...base, ...more }))), 'NotImplemented', JSON.stringify(more));
  }
  assert.equal(await refusal(bodyOf('unbuilt')), 'NoSuchKey');
  await s3.send(new PutObjectCommand({ ...base, ACL: 'private', StorageClass: 'STANDARD' }));
});

test('copies', async () => {
  await s3.send(
    new PutObjectCommand({ Bucket, Key: 'from/ä', Body: 'copy me', Metadata: { m: '1' }, Tagging: 't=1', ContentType: 'text/x' }),
  );
  const CopySource = `${Bucket}/${encodeURIComponent('from/ä')}`;
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
  assert.equal(copied.CopyObjectResult?.ETag, (await s3.send(new HeadObjectCommand({ Bucket, Key: 'from/ä' }))).ETag);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  assert.deepEqual([head.Metadata, head.ContentType], [{ m: '1' }, 'text/x']);
  assert.equal((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'to' }))).TagSet?.length, 1);
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'to',
      CopySource,
      MetadataDirective: 'REPLACE',
      Metadata: { n: '2' },
      TaggingDirective: 'REPLACE',
      Tagging: '',
    }),
  );
  assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata, { n: '2' });
  assert.equal((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'to' }))).TagSet?.length, 0);
  assert.equal(await refusal(s3.send(new CopyObjectCommand({ Bucket, Key: 'from/ä', CopySource }))), 'InvalidRequest');
  assert.equal(
    await refusal(s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource, CopySourceIfMatch: '"no"' }))),
    'PreconditionFailed',
  );
  assert.equal(await refusal(s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/none` }))), 'NoSuchKey');
});

test('many are deleted at once, each with its own outcome', async () => {
  for (const Key of ['d1', 'd2', 'd<3>']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  const Objects = [{ Key: 'd1' }, { Key: 'd2', ETag: '"no"' }, { Key: 'd<3>' }, { Key: 'never' }, { Key: 'v', VersionId: 'x' }];
  const result = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.deepEqual(
    result.Deleted?.map((d) => d.Key),
    ['d1', 'd<3>', 'never'],
  );
  assert.deepEqual(
    result.Errors?.map((e) => [e.Key, e.Code]),
    [
      ['d2', 'PreconditionFailed'],
      ['v', 'InvalidArgument'],
    ],
  );
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'd2' }], Quiet: true } }));
  assert.equal(quiet.Deleted, undefined);
  const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }));
  assert.equal(await refusal(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: tooMany } }))), 'MalformedXML');
});

test('tags and attributes', async () => {
  const Key = 'attributes';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'abc' }));
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'x', Value: '1 = ä' }] } }));
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet, [{ Key: 'x', Value: '1 = ä' }]);
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet, []);
  const got = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ETag', 'ObjectSize', 'StorageClass', 'Checksum', 'ObjectParts'] }),
  );
  assert.equal(got.ETag, '900150983cd24fb0d6963f7d28e17f72');
  assert.equal(got.ObjectSize, 3);
  assert.equal(got.ObjectParts, undefined);
});

test('versions: null alone exists', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'x' }));
  assert.equal(await bodyOf('v', { VersionId: 'null' }), 'x');
  assert.equal(await refusal(bodyOf('v', { VersionId: 'nonsense' })), 'InvalidArgument');
  assert.equal(await refusal(bodyOf('v', { VersionId: '3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH'.replace('+', '_') })), 'NoSuchVersion');
});
