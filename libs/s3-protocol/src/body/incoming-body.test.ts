import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, toStoredAlgorithm, type ChecksumAlgorithm } from '@pilvi/checksums';
import fc from 'fast-check';
import type { RequestHeaders } from '../request-head.ts';
import { S3Error } from '../s3-error.ts';
import { authenticate } from '../sigv4/authenticate.ts';
import * as aws from '../testing/aws-examples.ts';
import { cutAt, encodeChunked, SEED } from '../testing/chunked-upload.ts';
import { openIncomingBody, readDocument, type BodyAuthentication, type BodyOptions } from './incoming-body.ts';

const UNSIGNED: BodyAuthentication = { payload: { kind: 'unsigned' } };
const UNSIGNED_TRAILER: BodyAuthentication = { payload: { kind: 'chunked', signed: false, trailer: true } };
const SIGNED: BodyAuthentication = { payload: { kind: 'chunked', signed: true, trailer: false }, seed: SEED };
const SIGNED_TRAILER: BodyAuthentication = { payload: { kind: 'chunked', signed: true, trailer: true }, seed: SEED };
const HELLO = Buffer.from('hello');
const HELLO_HEADERS = { 'content-length': '5' };

interface Upload {
  readonly body: Buffer;
  readonly headers: RequestHeaders;
  readonly authentication?: BodyAuthentication;
  readonly cuts?: readonly number[];
  readonly options?: BodyOptions;
}

async function receive({ body, headers, authentication = UNSIGNED, cuts = [], options = {} }: Upload) {
  const open = openIncomingBody(cutAt(body, cuts), headers, authentication, options);
  const pieces: Buffer[] = [];
  for await (const piece of open.bytes) pieces.push(piece);
  return { data: Buffer.concat(pieces), pieces, sizeBytes: open.sizeBytes, ...open.finish() };
}

async function refused(upload: Upload, code: string): Promise<S3Error> {
  const error = await receive(upload).then(
    () => new Error(`accepted, though ${code} is due`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof S3Error, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

function stored(algorithm: ChecksumAlgorithm, data: Uint8Array) {
  return { algorithm: toStoredAlgorithm(algorithm), value: digestOf(algorithm, data).toString('base64'), composite: false };
}

test('the published chunked uploads, with their published signatures', async () => {
  for (const [example, body] of [
    [aws.PUT_CHUNKED, aws.PUT_CHUNKED_BODY],
    [aws.PUT_TRAILER, aws.PUT_TRAILER_BODY],
  ] as const) {
    const request = aws.exampleRequest(example);
    const options = { lookup: () => ({ secret: aws.EXAMPLE_SECRET }), region: 'us-east-1', nowMs: aws.EXAMPLE_TIME_MS };
    const authentication = authenticate(request, options);
    const received = await receive({ body, headers: request.headers, authentication, cuts: [1, 90, 91, 4000, 65_626, 66_700] });
    assert.ok(received.data.equals(aws.CHUNKED_DATA));
    const expected = example === aws.PUT_TRAILER ? stored('CRC32C', aws.CHUNKED_DATA) : stored('CRC64NVME', aws.CHUNKED_DATA);
    assert.deepEqual(received.checksums, [expected]);
    const damaged = Buffer.from(body);
    damaged[70_000 % body.length] = 0x62;
    await refused({ body: damaged, headers: request.headers, authentication }, 'SignatureDoesNotMatch');
  }
});

test('a plain body: MD5, and CRC64NVME where the client claims nothing', async () => {
  const received = await receive({ body: HELLO, headers: HELLO_HEADERS });
  assert.equal(received.etag, '5d41402abc4b2a76b9719d911017c592');
  assert.deepEqual(received.checksums, [stored('CRC64NVME', HELLO)]);
  assert.deepEqual((await receive({ body: HELLO, headers: HELLO_HEADERS, options: { also: ['SHA1', 'CRC32'] } })).checksums, [
    stored('SHA1', HELLO),
    stored('CRC32', HELLO),
  ]);
  const empty = openIncomingBody(cutAt(Buffer.alloc(0), []), { 'content-length': '0' }, UNSIGNED);
  assert.equal(empty.finish().etag, 'd41d8cd98f00b204e9800998ecf8427e', 'an empty body need not be read');
});

test('every claimed digest is kept when true and refused when false', async () => {
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
    const value = digestOf(algorithm, HELLO).toString('base64');
    const headers = { ...HELLO_HEADERS, [header]: value, 'x-amz-sdk-checksum-algorithm': algorithm };
    assert.deepEqual((await receive({ body: HELLO, headers })).checksums, [stored(algorithm, HELLO)]);
    assert.match(
      (await refused({ body: Buffer.from('jello'), headers }, 'BadDigest')).message,
      new RegExp(`^The ${algorithm} you specified`),
    );
    assert.match(
      (await refused({ body: HELLO, headers: { ...headers, [header]: 'AA==' } }, 'InvalidRequest')).message,
      /^Value for x-amz-checksum-/,
    );

    const trailing = { 'x-amz-decoded-content-length': '5', 'x-amz-trailer': header };
    const body = encodeChunked([HELLO], { trailer: [[header, value]] });
    assert.deepEqual((await receive({ body, headers: trailing, authentication: UNSIGNED_TRAILER })).checksums, [stored(algorithm, HELLO)]);
    const wrong = encodeChunked([Buffer.from('jello')], { trailer: [[header, value]] });
    await refused({ body: wrong, headers: trailing, authentication: UNSIGNED_TRAILER }, 'BadDigest');
  }
  const md5 = digestOf('MD5', HELLO).toString('base64');
  await receive({ body: HELLO, headers: { ...HELLO_HEADERS, 'content-md5': md5 } });
  const bad = await refused({ body: Buffer.from('jello'), headers: { ...HELLO_HEADERS, 'content-md5': md5 } }, 'BadDigest');
  assert.equal(bad.fields['ExpectedDigest'], md5);
  for (const value of ['', 'x', 'YWJyYWNhZGFicmE=', `${md5} `])
    await refused({ body: HELLO, headers: { ...HELLO_HEADERS, 'content-md5': value } }, 'InvalidDigest');
  const hex = digestOf('SHA256', HELLO).toString('hex');
  await receive({ body: HELLO, headers: HELLO_HEADERS, authentication: { payload: { kind: 'sha256', hex } } });
  const mismatch = await refused(
    { body: Buffer.from('jello'), headers: HELLO_HEADERS, authentication: { payload: { kind: 'sha256', hex } } },
    'XAmzContentSHA256Mismatch',
  );
  assert.equal(mismatch.fields['ClientComputedContentSHA256'], hex);
  await refused(
    { body: Buffer.alloc(0), headers: { 'content-length': '0' }, authentication: { payload: { kind: 'sha256', hex } } },
    'XAmzContentSHA256Mismatch',
  );
});

test('claims that cannot be', async () => {
  const crc32 = digestOf('CRC32', HELLO).toString('base64');
  const cases: [headers: Record<string, string>, code: string, message: RegExp][] = [
    [{ 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-crc32c': crc32 }, 'InvalidRequest', /Expecting a single x-amz-checksum- header/],
    [{ 'x-amz-checksum-crc32': crc32, 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'InvalidRequest', /Expecting a single/],
    [{ 'x-amz-checksum-md5': crc32 }, 'InvalidRequest', /algorithm provided is unsupported/],
    [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest', /no corresponding x-amz-checksum/],
    [
      { 'x-amz-sdk-checksum-algorithm': 'CRC32C', 'x-amz-checksum-crc32': crc32 },
      'InvalidRequest',
      /x-amz-sdk-checksum-algorithm header is invalid/,
    ],
    [{ 'x-amz-sdk-checksum-algorithm': 'CRC16' }, 'InvalidRequest', /unsupported/],
    [{ 'x-amz-trailer': 'x-amz-meta-a' }, 'InvalidRequest', /x-amz-trailer header is not supported/],
    [{ 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'InvalidRequest', /x-amz-trailer header is not supported/],
  ];
  for (const [headers, code, message] of cases)
    assert.match((await refused({ body: HELLO, headers: { ...HELLO_HEADERS, ...headers } }, code)).message, message);
});

test('lengths: missing, too large, too short, too long', async () => {
  await refused({ body: HELLO, headers: {} }, 'MissingContentLength');
  await refused({ body: HELLO, headers: { 'content-length': '5' }, authentication: UNSIGNED_TRAILER }, 'MissingContentLength');
  await refused({ body: HELLO, headers: { 'x-amz-decoded-content-length': '-5' }, authentication: UNSIGNED_TRAILER }, 'InvalidArgument');
  const chunked = await refused({ body: HELLO, headers: { 'transfer-encoding': 'chunked' } }, 'NotImplemented');
  assert.equal(chunked.fields['Header'], 'Transfer-Encoding');
  const large = await refused({ body: HELLO, headers: { 'content-length': String(5 * 1024 ** 3 + 1) } }, 'EntityTooLarge');
  assert.deepEqual(large.fields, { ProposedSize: '5368709121', MaxSizeAllowed: '5368709120' });
  await refused({ body: HELLO, headers: { 'content-length': '6' } }, 'IncompleteBody');
  await refused({ body: HELLO, headers: { 'content-length': '4' } }, 'IncompleteBody');
  await refused(
    { body: encodeChunked([HELLO], {}), headers: { 'x-amz-decoded-content-length': '6' }, authentication: UNSIGNED_TRAILER },
    'IncompleteBody',
  );
  await refused(
    { body: encodeChunked([HELLO], {}), headers: { 'x-amz-decoded-content-length': '4' }, authentication: UNSIGNED_TRAILER },
    'IncompleteBody',
  );
});

test('chunks that are not as they must be', async () => {
  const headers = { 'x-amz-decoded-content-length': '5' };
  const authentication = UNSIGNED_TRAILER;
  for (const text of [
    '',
    '5\r\nhello',
    '5\r\nhello\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\nhello\r\n0\r\n\r\n',
    'g\r\n',
    '-5\r\nhello\r\n0\r\n\r\n',
    `${'0'.repeat(2000)}5\r\nhello`,
  ]) {
    await refused({ body: Buffer.from(text), headers, authentication }, 'IncompleteBody');
  }
  await refused({ body: encodeChunked([HELLO], {}), headers, authentication: SIGNED }, 'IncompleteBody');
  const small = {
    body: encodeChunked([Buffer.alloc(8191), HELLO], {}),
    headers: { 'x-amz-decoded-content-length': '8196' },
    authentication,
  };
  assert.deepEqual((await refused(small, 'InvalidChunkSizeError')).fields, { Chunk: '1', BadChunkSize: '8191' });
  await receive({ ...small, body: encodeChunked([Buffer.alloc(8192), Buffer.alloc(4)], {}) });
});

test('trailers that are not as they must be', async () => {
  const crc32 = digestOf('CRC32', HELLO).toString('base64');
  const headers = { 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32' };
  const authentication = UNSIGNED_TRAILER;
  const upload = (text: string): Upload => ({ body: Buffer.from(`5\r\nhello\r\n0\r\n${text}`), headers, authentication });
  for (const ending of ['\r\n', '\r\n\r\n', '\n', '\n\r\n\r\n', '']) await receive(upload(`x-amz-checksum-crc32:${crc32}${ending}`));
  await receive(upload(`X-Amz-Checksum-Crc32: ${crc32}\r\n\r\n`));
  await refused(upload('\r\n'), 'MalformedTrailerError');
  await refused(upload('no colon\r\n\r\n'), 'MalformedTrailerError');
  await refused(upload(`x-amz-checksum-crc32c:${crc32}\r\n`), 'MalformedTrailerError');
  await refused(upload(`x-amz-checksum-crc32:${crc32}\r\nx-amz-meta-a:b\r\n`), 'MalformedTrailerError');
  await refused(upload(`x-amz-checksum-crc32:${crc32}\r\nx-amz-checksum-crc32:${crc32}\r\n`), 'MalformedTrailerError');
  await refused(upload(`x-amz-checksum-crc32:${'A'.repeat(20_000)}`), 'MalformedTrailerError');
  assert.match((await refused(upload('x-amz-checksum-crc32:AA==\r\n'), 'InvalidRequest')).message, /trailing header is invalid/);
  const signed = encodeChunked([HELLO], { seed: SEED, trailer: [['x-amz-checksum-crc32', crc32]] });
  await receive({ body: signed, headers, authentication: SIGNED_TRAILER });
  const without = Buffer.from(signed.toString('latin1').replace(/x-amz-trailer-signature.*/, ''), 'latin1');
  await refused({ body: without, headers, authentication: SIGNED_TRAILER }, 'MalformedTrailerError');
  await refused({ body: signed, headers: { 'x-amz-decoded-content-length': '5' }, authentication: SIGNED }, 'MalformedTrailerError');
});

const chunkSizes = fc.array(fc.integer({ min: 8192, max: 20_000 }), { maxLength: 3 });
const lastSize = fc.integer({ min: 0, max: 9000 });
const CR = 0x0d;
const TAB = 0x09;
const cuts = fc.array(fc.nat(), { maxLength: 12 });

function uploadOf(sizes: readonly number[], last: number): { data: Buffer; body: Buffer; headers: RequestHeaders } {
  const chunks = [...sizes, last].map((size, index) => Buffer.alloc(size, `chunk ${index} `));
  const data = Buffer.concat(chunks);
  const trailer = [['x-amz-checksum-crc64nvme', digestOf('CRC64NVME', data).toString('base64')]] as const;
  const headers = { 'x-amz-decoded-content-length': String(data.length), 'x-amz-trailer': 'x-amz-checksum-crc64nvme' };
  return { data, body: encodeChunked(chunks, { seed: SEED, trailer }), headers };
}

test('wherever the network cuts it, a chunked body comes out whole, and uncopied', async () => {
  await fc.assert(
    fc.asyncProperty(chunkSizes, lastSize, cuts, async (sizes, last, offsets) => {
      const { data, body, headers } = uploadOf(sizes, last);
      const received = await receive({ body, headers, authentication: SIGNED_TRAILER, cuts: offsets });
      assert.ok(received.data.equals(data));
      assert.ok(received.pieces.every((piece) => piece.length > 0 && piece.buffer === body.buffer));
    }),
    { numRuns: 60 },
  );
});

test('one flipped bit anywhere in a signed chunked body is refused', async () => {
  await fc.assert(
    fc.asyncProperty(chunkSizes, lastSize, fc.nat(), fc.integer({ min: 0, max: 7 }), cuts, async (sizes, last, at, bit, offsets) => {
      const { data, body, headers } = uploadOf(sizes, last);
      const position = at % body.length;
      const before = body[position] ?? 0;
      body[position] = before ^ (1 << bit);
      const outcome = await receive({ body, headers, authentication: SIGNED_TRAILER, cuts: offsets }).catch((error: unknown) => error);
      if (outcome instanceof S3Error) return;
      assert.ok(!(outcome instanceof Error), String(outcome));
      // The other case of a hexadecimal digit or a header's name, or a tab after a trailer's value, changes nothing.
      const isHarmless = bit === 5 || (before === CR && body[position] === TAB) || position >= body.length - 4;
      assert.ok((outcome as { data: Buffer }).data.equals(data) && isHarmless, `bit ${bit} of byte ${position}`);
    }),
    // The second example is a form feed for the carriage return after a trailer's value.
    {
      numRuns: 200,
      examples: [
        [[], 13, 220, 2, []],
        [[], 13, 220, 0, []],
      ],
    },
  );
});

test('one flipped bit anywhere in the data of an unsigned upload with a trailer is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 9000 }), fc.nat(), fc.integer({ min: 0, max: 7 }), async (size, at, bit) => {
      const data = Buffer.alloc(size, 'data');
      const trailer = [['x-amz-checksum-crc32', digestOf('CRC32', data).toString('base64')]] as const;
      const body = encodeChunked([data], { trailer });
      const position = body.indexOf('\n') + 1 + (at % size);
      body[position] = (body[position] ?? 0) ^ (1 << bit);
      const headers = { 'x-amz-decoded-content-length': String(size), 'x-amz-trailer': 'x-amz-checksum-crc32' };
      await refused({ body, headers, authentication: UNSIGNED_TRAILER }, 'BadDigest');
    }),
    { numRuns: 60 },
  );
});

test('a truncated body never passes', async () => {
  const { body, headers } = uploadOf([8192], 100);
  for (let length = 0; length < body.length - 4; length += length > 200 && length < 8100 ? 997 : 13) {
    const error = await receive({ body: body.subarray(0, length), headers, authentication: SIGNED_TRAILER }).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof S3Error, `${length} of ${body.length} bytes`);
  }
});

test('a client that goes away leaves an IncompleteBody', async () => {
  const source = async function* (): AsyncGenerator<Buffer> {
    yield HELLO.subarray(0, 2);
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  };
  const open = openIncomingBody(source(), HELLO_HEADERS, UNSIGNED);
  await assert.rejects(Array.fromAsync(open.bytes), (error) => error instanceof S3Error && error.code === 'IncompleteBody');
  assert.throws(() => open.finish(), assert.AssertionError);
});

test('documents are read whole, verified, and bounded', async () => {
  const read = (headers: RequestHeaders, maxSizeBytes = 5) => readDocument(cutAt(HELLO, [2]), headers, UNSIGNED, maxSizeBytes);
  assert.equal((await read(HELLO_HEADERS)).toString(), 'hello');
  await assert.rejects(read(HELLO_HEADERS, 4), (error) => error instanceof S3Error && error.code === 'MaxMessageLengthExceeded');
  await assert.rejects(read({ ...HELLO_HEADERS, 'content-md5': digestOf('MD5', Buffer.from('jello')).toString('base64') }), S3Error);
});
