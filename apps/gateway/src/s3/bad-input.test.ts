import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkBucketName } from './bucket-name.ts';
import { startMemoryS3 } from './testing/memory-s3.ts';
import { presigned, send, signed, type Signing, type Unsigned } from './testing/raw-client.ts';
import type { TestServer } from './testing/s3-server.ts';

// One request each for what is too large, too long or too many, with the answer that AWS gives; `edge.fuzz.test.ts` searches further.

const KIB = 1024;
const GIB = KIB ** 3;

async function codeOf(server: TestServer, request: Unsigned, signing: Signing = {}): Promise<string> {
  const answer = await send(server.port, signed(request, signing));
  return answer.code ?? String(answer.status);
}

/** With the digest that a document needs. */
function documented(method: string, path: string, query: Record<string, string>, text: string): Unsigned {
  const body = Buffer.from(text);
  return { method, path, query, headers: { 'content-md5': createHash('md5').update(body).digest('base64') }, body };
}

const many = (count: number, each: (i: number) => string): string => Array.from({ length: count }, (_, i) => each(i)).join('');

async function assertNothingStored(server: TestServer): Promise<void> {
  const listed = await send(server.port, signed({ method: 'GET', path: '/bad', query: { 'list-type': '2' } }));
  assert.match(listed.text, /<KeyCount>0<\/KeyCount>/);
  const uploads = await send(server.port, signed({ method: 'GET', path: '/bad', query: { uploads: '' } }));
  assert.doesNotMatch(uploads.text, /<Upload>/);
}

test('an object that is too large in any way', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/bad' }));
  const put = (headers: Record<string, string>, path = '/bad/k'): Unsigned => ({ method: 'PUT', path, headers });
  const chunked = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'content-encoding': 'aws-chunked' };
  const cases: [expected: string, request: Unsigned][] = [
    ['KeyTooLongError', put({}, `/bad/${'k'.repeat(1025)}`)],
    ['KeyTooLongError', put({}, `/bad/${'%C3%A4'.repeat(513)}`)],
    ['MetadataTooLarge', put({ 'x-amz-meta-a': 'v'.repeat(2 * KIB) })],
    ['MetadataTooLarge', put(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-amz-meta-${i}`, 'v'.repeat(20)])))],
    ['RequestHeaderSectionTooLarge', put({ 'cache-control': 'v'.repeat(64 * KIB) })],
    ['RequestHeaderSectionTooLarge', { method: 'GET', path: '/bad', query: { prefix: 'p'.repeat(64 * KIB) } }],
    ['EntityTooLarge', put({ ...chunked, 'x-amz-decoded-content-length': String(5 * GIB + 1) })],
    ['BadRequest', put({ 'x-amz-tagging': many(11, (i) => `${i === 0 ? '' : '&'}t${i}=v`) })],
    ['InvalidTag', put({ 'x-amz-tagging': `k=${'v'.repeat(257)}` })],
    ['InvalidArgument', { method: 'PUT', path: '/bad/k', query: { uploadId: 'u', partNumber: '10001' } }],
    ['InvalidArgument', { method: 'GET', path: '/bad', query: { 'max-keys': '9'.repeat(12) } }],
  ];
  for (const [expected, request] of cases) assert.equal(await codeOf(server, request), expected);
  const declared = signed({ method: 'PUT', path: '/bad/k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
  const length = { 'content-length': String(5 * GIB + 1) };
  assert.equal((await send(server.port, { ...declared, headers: { ...declared.headers, ...length } })).code, 'EntityTooLarge');
  await assertNothingStored(server);
});

test('a document that is too large in any way', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/bad' }));
  const space = (sizeBytes: number): string => ' '.repeat(sizeBytes);
  const part = (i: number): string => `<Part><PartNumber>${(i % 10_000) + 1}</PartNumber><ETag>x</ETag></Part>`;
  const tag = (i: number): string => `<Tag><Key>${i}</Key><Value></Value></Tag>`;
  const complete = { uploadId: 'none' };
  const cases: [expected: string, request: Unsigned][] = [
    [
      'MalformedXML',
      documented('POST', '/bad', { delete: '' }, `<Delete>${many(1001, (i) => `<Object><Key>${i}</Key></Object>`)}</Delete>`),
    ],
    ['MaxMessageLengthExceeded', documented('POST', '/bad', { delete: '' }, `<Delete>${space(16 * KIB ** 2)}</Delete>`)],
    ['MalformedXML', documented('POST', '/bad/k', complete, `<CompleteMultipartUpload>${many(10_001, part)}</CompleteMultipartUpload>`)],
    [
      'MaxMessageLengthExceeded',
      documented('POST', '/bad/k', complete, `<CompleteMultipartUpload>${space(16 * KIB ** 2)}</CompleteMultipartUpload>`),
    ],
    ['BadRequest', documented('PUT', '/bad', { tagging: '' }, `<Tagging><TagSet>${many(51, tag)}</TagSet></Tagging>`)],
    ['MaxMessageLengthExceeded', documented('PUT', '/bad', { tagging: '' }, `<Tagging>${space(KIB ** 2)}</Tagging>`)],
    ['MaxMessageLengthExceeded', documented('PUT', '/bad/k', { tagging: '' }, `<Tagging>${space(KIB ** 2)}</Tagging>`)],
    ['MaxMessageLengthExceeded', documented('PUT', '/bad', { acl: '' }, `<AccessControlPolicy>${space(KIB ** 2)}</AccessControlPolicy>`)],
    [
      'MaxMessageLengthExceeded',
      documented('PUT', '/bad-too', {}, `<CreateBucketConfiguration>${space(KIB ** 2)}</CreateBucketConfiguration>`),
    ],
    ['MalformedXML', documented('PUT', '/bad', { tagging: '' }, `${many(1000, () => '<Tagging>')}${many(1000, () => '</Tagging>')}`)],
  ];
  for (const [expected, request] of cases) assert.equal(await codeOf(server, request), expected, `${request.method} ${request.path}`);
  assert.equal(await codeOf(server, { method: 'HEAD', path: '/bad-too' }), '404');
  await assertNothingStored(server);
});

test('a bucket of any name: made when the name is valid, refused when it is not', async () => {
  await using server = await startMemoryS3();
  const name = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9._-]{1,70}$/),
    fc.constantFrom(
      '.',
      '..',
      'ab',
      'a'.repeat(64),
      'a..b',
      'a.-b',
      '-ab',
      'ab-',
      '192.168.0.1',
      'xn--a',
      'a-s3alias',
      'Abc',
      'a_b',
      'aws%00b',
      '%ff%ff%ff',
    ),
  );
  await fc.assert(
    fc.asyncProperty(name, async (bucket) => {
      const { status, code } = await send(server.port, signed({ method: 'PUT', path: `/${bucket}` }));
      if (isValid(bucket)) assert.equal(status, 200, bucket);
      else assert.match(code ?? '', /^(InvalidBucketName|InvalidURI)$/);
    }),
    { numRuns: 60 },
  );
  const listed = await send(server.port, signed({ method: 'GET', path: '/' }));
  for (const [, made = ''] of listed.text.matchAll(/<Bucket><Name>([^<]+)</g)) assert.ok(isValid(made), made);
});

function isValid(bucket: string): boolean {
  try {
    checkBucketName(bucket);
    return true;
  } catch {
    return false;
  }
}

test('clocks that are off, and presigned URLs of another time or key', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/bad' }));
  const put = { method: 'PUT', path: '/bad/k', body: Buffer.from('x') };
  const minutes = (count: number): { timeMs: number } => ({ timeMs: Date.now() + count * 60_000 });
  assert.equal(await codeOf(server, put, minutes(-20)), 'RequestTimeTooSkewed');
  assert.equal(await codeOf(server, put, minutes(20)), 'RequestTimeTooSkewed');
  const presignedCode = async (signing: Signing): Promise<string | undefined> => (await send(server.port, presigned(put, signing))).code;
  assert.equal(await presignedCode(minutes(-2)), 'AccessDenied');
  assert.equal(await presignedCode(minutes(20)), 'AccessDenied');
  assert.equal(await presignedCode({ secret: 'wrong' }), 'SignatureDoesNotMatch');
  assert.equal(await presignedCode({ accessKeyId: 'AKIDOTHER' }), 'InvalidAccessKeyId');
  assert.equal(await presignedCode({ region: 'eu-north-1' }), 'AuthorizationQueryParametersError');
  const url = presigned(put).url;
  for (const [from, to] of [
    ['X-Amz-Expires=60', 'X-Amz-Expires=604801'],
    ['X-Amz-Expires=60', 'X-Amz-Expires=-1'],
    ['X-Amz-Date=', 'X-Amz-Date=x'],
  ] as const) {
    assert.equal(
      (await send(server.port, { ...presigned(put), url: url.replace(from, to) })).code,
      'AuthorizationQueryParametersError',
      to,
    );
  }
  await assertNothingStored(server);
});
