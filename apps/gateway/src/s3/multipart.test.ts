import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Upload } from '@aws-sdk/lib-storage';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  paginateListParts,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { startMemoryS3 } from './testing/memory-s3.ts';
import type { TestServer } from './testing/s3-server.ts';
import { refusal, sdkClient } from './testing/sdk-client.ts';

const Bucket = 'multipart';
const MIB = 1024 ** 2;
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

async function begin(Key: string, more: object = {}): Promise<string> {
  return (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId ?? '';
}

async function part(
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
): Promise<{ PartNumber: number; ETag: string | undefined }> {
  return { PartNumber, ETag: (await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))).ETag };
}

test('parts become one object, and can be read by part', async () => {
  const Key = 'whole';
  const bytes = randomBytes(6 * MIB);
  const UploadId = await begin(Key, { ContentType: 'text/x', Metadata: { m: '1' } });
  const first = await part(Key, UploadId, 2, bytes.subarray(0, 5 * MIB));
  const second = await part(Key, UploadId, 7, bytes.subarray(5 * MIB));
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 1 }));
  assert.deepEqual([listed.Parts?.[0]?.PartNumber, listed.IsTruncated, listed.NextPartNumberMarker], [2, true, '2']);
  const done = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [first, second] } }));
  const md5 = (b: Buffer): Buffer => createHash('md5').update(b).digest();
  assert.equal(done.ETag, `"${md5(Buffer.concat([md5(bytes.subarray(0, 5 * MIB)), md5(bytes.subarray(5 * MIB))])).toString('hex')}-2"`);
  const again = await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [first, second] } }));
  assert.equal(again.ETag, done.ETag);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  assert.deepEqual([got.ContentType, got.Metadata], ['text/x', { m: '1' }]);
  assert.ok(bytes.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  const last = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 7 }));
  assert.deepEqual([last.PartsCount, last.ContentLength, last.ContentRange], [2, MIB, `bytes ${5 * MIB}-${6 * MIB - 1}/${6 * MIB}`]);
  await last.Body?.transformToByteArray();
  const attributes = await s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts'], MaxParts: 1 }));
  assert.deepEqual([attributes.ObjectParts?.TotalPartsCount, attributes.ObjectParts?.IsTruncated], [2, true]);
});

test('the SDK’s own Upload, with checksums of each type', async () => {
  for (const ChecksumAlgorithm of ['CRC32', 'SHA256'] as const) {
    const Body = randomBytes(11 * MIB);
    const upload = new Upload({ client: s3, params: { Bucket, Key: 'sdk', Body, ChecksumAlgorithm }, queueSize: 2 });
    await upload.done();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sdk', ChecksumMode: 'ENABLED' }));
    assert.match(head[`Checksum${ChecksumAlgorithm}`] ?? '', /-3$/);
    assert.equal(head.ChecksumType, 'COMPOSITE');
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'sdk' }));
    assert.ok(Body.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  }
});

test('what cannot be completed is refused, and the upload stays', async () => {
  const Key = 'refused';
  const UploadId = await begin(Key);
  const one = await part(Key, UploadId, 1, Buffer.alloc(10));
  const two = await part(Key, UploadId, 2, Buffer.alloc(10));
  const complete = (...Parts: object[]): Promise<unknown> =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  assert.equal(await refusal(complete(one, two)), 'EntityTooSmall');
  assert.equal(await refusal(complete(two, one)), 'InvalidPartOrder');
  assert.equal(await refusal(complete(one, { ...two, PartNumber: 3 })), 'InvalidPart');
  assert.equal(await refusal(complete({ ...one, ETag: '"0123456789abcdef0123456789abcdef"' })), 'InvalidPart');
  assert.equal(await refusal(complete()), 'MalformedXML');
  assert.equal(await refusal(part(Key, UploadId, 10_001, Buffer.alloc(1))), 'InvalidArgument');
  assert.equal(await refusal(part(Key, UploadId, 0, Buffer.alloc(1))), 'InvalidArgument');
  assert.equal(await refusal(part(Key, 'never-begun', 1, Buffer.alloc(1))), 'NoSuchUpload');
  assert.equal(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key }))), 'NotFound');
  await complete(two);
});

test('parts are copied, whole and by range', async () => {
  const source = randomBytes(6 * MIB);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: source }));
  const Key = 'of-copies';
  const UploadId = await begin(Key);
  const copy = { Bucket, Key, UploadId, CopySource: `${Bucket}/source` };
  const one = await s3.send(new UploadPartCopyCommand({ ...copy, PartNumber: 1 }));
  const two = await s3.send(new UploadPartCopyCommand({ ...copy, PartNumber: 2, CopySourceRange: 'bytes=10-19' }));
  assert.equal(
    await refusal(s3.send(new UploadPartCopyCommand({ ...copy, PartNumber: 3, CopySourceRange: `bytes=0-${6 * MIB}` }))),
    'InvalidRange',
  );
  const Parts = [one, two].map((r, i) => ({ PartNumber: i + 1, ETag: r.CopyPartResult?.ETag }));
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  assert.ok(Buffer.concat([source, source.subarray(10, 20)]).equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
});

test('parts are listed by page, to their end', async () => {
  const Key = 'paged';
  const UploadId = await begin(Key);
  for (let number = 1; number <= 5; number++) await part(Key, UploadId, number, Buffer.from('x'));
  for (const pageSize of [1, 2, 5, 6]) {
    const numbers: (number | undefined)[] = [];
    for await (const page of paginateListParts({ client: s3, pageSize }, { Bucket, Key, UploadId }))
      numbers.push(...(page.Parts ?? []).map((each) => each.PartNumber));
    assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
  }
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
});

test('uploads are listed, and aborted', async () => {
  const ids = new Map<string, string>();
  for (const Key of ['l/a', 'l/b', 'l/c/d']) ids.set(Key, await begin(Key));
  const listed = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'l/', Delimiter: '/' }));
  assert.deepEqual(
    listed.Uploads?.map((u) => [u.Key, u.UploadId]),
    [
      ['l/a', ids.get('l/a')],
      ['l/b', ids.get('l/b')],
    ],
  );
  assert.deepEqual(
    listed.CommonPrefixes?.map((p) => p.Prefix),
    ['l/c/'],
  );
  const first = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'l/', MaxUploads: 1 }));
  const next = await s3.send(
    new ListMultipartUploadsCommand({ Bucket, Prefix: 'l/', KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker }),
  );
  assert.deepEqual(
    next.Uploads?.map((u) => u.Key),
    ['l/b', 'l/c/d'],
  );
  for (const [Key, UploadId] of ids) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  assert.equal((await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'l/' }))).Uploads, undefined);
  const gone = { Bucket, Key: 'l/a', UploadId: ids.get('l/a') };
  assert.equal(await refusal(s3.send(new AbortMultipartUploadCommand(gone))), 'NoSuchUpload');
});

test('conditions of completion', async () => {
  const Key = 'conditional';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'here' }));
  const UploadId = await begin(Key);
  const Parts = [await part(Key, UploadId, 1, Buffer.from('new'))];
  const complete = (more: object): Promise<unknown> =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
  assert.equal(await refusal(complete({ IfNoneMatch: '*' })), 'PreconditionFailed');
  assert.equal(await refusal(complete({ IfMatch: '"no"' })), 'PreconditionFailed');
  assert.equal(await refusal(complete({ MpuObjectSize: 4 })), 'InvalidRequest');
  await complete({ IfMatch: '*', MpuObjectSize: 3 });
});

test('a checksum of the whole is compared when it is claimed, and kept', async () => {
  const Key = 'claimed';
  const sha256 = (b: Buffer): Buffer => createHash('sha256').update(b).digest();
  const UploadId = await begin(Key, { ChecksumAlgorithm: 'SHA256' });
  const body = Buffer.from('one part');
  const sent = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: body, ChecksumAlgorithm: 'SHA256' }));
  const Parts = [{ PartNumber: 1, ETag: sent.ETag, ChecksumSHA256: sent.ChecksumSHA256 }];
  const complete = (claims: object): Promise<CompleteMultipartUploadCommandOutput> =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...claims }));
  assert.equal(await refusal(complete({ ChecksumSHA256: `${sha256(Buffer.from('other')).toString('base64')}-1` })), 'BadDigest');
  const whole = `${sha256(sha256(body)).toString('base64')}-1`;
  assert.equal(await refusal(complete({ ChecksumCRC32: 'AAAAAA==' })), 'BadDigest', 'an algorithm that the upload does not have');
  assert.equal(await refusal(complete({ ChecksumSHA256: whole, ChecksumCRC32: 'AAAAAA==' })), 'BadDigest');
  assert.equal(await refusal(complete({ ChecksumType: 'FULL_OBJECT' })), 'InvalidRequest');
  const done = await complete({ ChecksumSHA256: whole, ChecksumType: 'COMPOSITE' });
  assert.deepEqual([done.ChecksumSHA256, done.ChecksumType], [whole, 'COMPOSITE']);
  const part = await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 1, ChecksumMode: 'ENABLED' }));
  assert.deepEqual([part.ChecksumSHA256, part.ChecksumType], [sent.ChecksumSHA256, 'COMPOSITE']);
});
