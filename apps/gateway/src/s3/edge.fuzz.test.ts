import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { S3_ERRORS } from '@pilvi/s3-protocol';
import { startMemoryS3 } from './testing/memory-s3.ts';
import { type RawAnswer, send, signed } from './testing/raw-client.ts';
import type { TestServer } from './testing/s3-server.ts';

// Whatever comes in: an S3 error goes out, nothing is stored, and the edge lives on. `PILVI_FUZZ_RUNS` deepens the search.

const RUNS = Number(process.env['PILVI_FUZZ_RUNS'] ?? 60);
let server: TestServer;
before(async () => {
  server = await startMemoryS3();
  assert.equal((await send(server.port, signed({ method: 'PUT', path: '/fuzz' }))).status, 200);
  assert.equal((await send(server.port, signed({ method: 'PUT', path: '/other' }))).status, 200);
});
after(async () => server[Symbol.asyncDispose]());

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((array) => Buffer.from(array));

/** Refused with a code of S3's, and for a reason that is not ours. */
function assertRefused(answer: RawAnswer): void {
  assert.ok(answer.status >= 400 && answer.status !== 500, answer.text);
  assert.ok(answer.code !== undefined && answer.code in S3_ERRORS, answer.text);
}

/** Either done, or refused with a code of S3's. */
function assertAnswered(answer: RawAnswer): void {
  if (answer.status >= 400) assertRefused(answer);
  else assert.ok(answer.status >= 200, answer.text);
}

/** The bucket `fuzz` is never written to with success. */
async function assertNothingStored(): Promise<void> {
  const listed = await send(server.port, signed({ method: 'GET', path: '/fuzz', query: { 'list-type': '2' } }));
  assert.match(listed.text, /<KeyCount>0<\/KeyCount>/);
}

async function always<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>, runs = RUNS): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: runs });
  await assertNothingStored();
}

test('a wrong signature', async () => {
  const wrong = fc.oneof(
    fc.record({ secret: fc.string({ minLength: 1 }) }),
    fc.record({ accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/) }),
    fc.integer({ min: 16 * 60_000, max: 1e11 }).chain((ms) => fc.constantFrom({ timeMs: Date.now() - ms }, { timeMs: Date.now() + ms })),
    fc.constantFrom({ region: 'eu-north-1' }),
  );
  await always(fc.tuple(wrong, bytes), async ([signing, body]) => {
    assertRefused(await send(server.port, signed({ method: 'PUT', path: '/fuzz/k', body }, signing)));
  });
});

test('a request changed after it was signed', async () => {
  const changes = fc.constantFrom<Record<string, string>>(
    { 'x-amz-meta-added': '1' },
    { host: 'elsewhere' },
    { 'x-amz-date': '20200101T000000Z' },
    { authorization: 'AWS4-HMAC-SHA256 nonsense' },
    { authorization: 'Bearer x' },
    { authorization: 'AWS a:b' },
    { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    { 'x-amz-content-sha256': 'junk' },
  );
  await always(fc.tuple(changes, bytes), async ([change, body]) => {
    const request = signed({ method: 'PUT', path: '/fuzz/k', body });
    assertRefused(await send(server.port, { ...request, headers: { ...request.headers, ...change } }));
    assertRefused(await send(server.port, { ...request, url: '/fuzz/k2' }));
  });
});

test('an Authorization header of any text', async () => {
  const text = fc.string({ maxLength: 300 }).map((s) => s.replace(/[^\x20-\x7e]/g, ''));
  await always(text, async (authorization) => {
    const request = signed({ method: 'PUT', path: '/fuzz/k', body: Buffer.from('x') });
    assertRefused(await send(server.port, { ...request, headers: { ...request.headers, authorization } }));
  });
});

test('digests that are wrong, or none', async () => {
  const names = [
    'content-md5',
    'x-amz-checksum-crc32',
    'x-amz-checksum-crc32c',
    'x-amz-checksum-crc64nvme',
    'x-amz-checksum-sha1',
    'x-amz-checksum-sha256',
  ];
  const value = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 33 }).map((b) => Buffer.from(b).toString('base64')),
    fc.string({ maxLength: 40 }).map((s) => s.replace(/[^\x21-\x7e]/g, '')),
  );
  await always(
    fc.tuple(fc.constantFrom(...names, 'x-amz-checksum-md7', 'x-amz-content-sha256'), value, someBytes),
    async ([name, digest, body]) => {
      assertRefused(await send(server.port, signed({ method: 'PUT', path: '/fuzz/k', headers: { [name]: digest }, body })));
    },
  );
});

test('a body that changes on its way, ends early, or never comes', async () => {
  await always(fc.tuple(someBytes, fc.nat(), fc.boolean()), async ([body, at, cut]) => {
    const request = signed({ method: 'PUT', path: '/fuzz/k', body });
    if (cut) {
      const answer = await send(server.port, { ...request, truncateTo: at % body.length });
      if (answer.status !== 0) assertRefused(answer);
      return;
    }
    const changed = Buffer.from(body);
    changed[at % body.length]! ^= 1;
    assertRefused(await send(server.port, { ...request, body: changed }));
  });
});

test('aws-chunked bodies that are not', async () => {
  const forms = fc.constantFrom(
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  );
  const chunky = fc.oneof(
    bytes,
    fc
      .array(
        fc.constantFrom(
          '5\r\n',
          '0\r\n',
          'hello',
          '\r\n',
          'ffffffffffffffff',
          ';chunk-signature=00',
          'x-amz-checksum-crc32:',
          'AAAAAA==',
          'zz',
        ),
        { maxLength: 12 },
      )
      .map((parts) => Buffer.from(parts.join(''))),
  );
  const length = fc.oneof(fc.nat(10_000).map(String), fc.constantFrom('', '-1', '1e9', '99999999999999999999', 'x'));
  await always(fc.tuple(forms, chunky, length, fc.boolean()), async ([form, body, decoded, trailer]) => {
    const headers: Record<string, string> = {
      'x-amz-content-sha256': form,
      'x-amz-decoded-content-length': decoded,
      'content-encoding': 'aws-chunked',
    };
    if (trailer) headers['x-amz-trailer'] = 'x-amz-checksum-crc32';
    assertRefused(await send(server.port, signed({ method: 'PUT', path: '/fuzz/k', headers, body })));
  });
});

test('documents that are malformed, or say what makes no sense', async () => {
  const name = fc.constantFrom(
    'Delete',
    'Object',
    'Key',
    'Tagging',
    'TagSet',
    'Tag',
    'Value',
    'CompleteMultipartUpload',
    'Part',
    'PartNumber',
    'ETag',
    'CreateBucketConfiguration',
    'AccessControlPolicy',
    'Quiet',
  );
  const text = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('&', '<', '&#0;', '&lol;', ']]>', '-1', '1', '99999', '\u0000'));
  const tree = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text,
      fc.tuple(name, fc.array(tie('node'), { maxLength: 4 })).map(([n, children]) => `<${n}>${children.join('')}</${n}>`),
      fc.tuple(name, name, text).map(([a, b, t]) => `<${a}>${t}</${b}>`),
    ),
  })).node;
  const prologue = fc.constantFrom(
    '',
    '<?xml version="1.0"?>',
    '<!DOCTYPE x [<!ENTITY lol "lol">]>',
    '\ufeff',
    '<?xml version="1.0" encoding="UTF-16"?>',
  );
  const target = fc.constantFrom<[string, string, Record<string, string>]>(
    ['POST', '/fuzz', { delete: '' }],
    ['PUT', '/fuzz', { tagging: '' }],
    ['PUT', '/fuzz', { acl: '' }],
    ['PUT', '/fuzz', { publicAccessBlock: '' }],
    ['PUT', '/fuzz/k', { tagging: '' }],
    ['POST', '/fuzz/k', { uploadId: 'none' }],
    ['PUT', '/fuzz2', {}],
  );
  await always(
    fc.tuple(target, prologue, tree, fc.boolean()),
    async ([[method, path, query], start, xml, asBytes]) => {
      const body = asBytes ? Buffer.from(start + xml, 'latin1') : Buffer.from(start + xml);
      const md5 = (await import('node:crypto')).createHash('md5').update(body).digest('base64');
      assertAnswered(await send(server.port, signed({ method, path, query, headers: { 'content-md5': md5 }, body })));
    },
    RUNS * 3,
  );
});

test('headers and parameters of any name and value', async () => {
  const headerName = fc.oneof(
    fc.constantFrom(
      'range',
      'if-match',
      'if-none-match',
      'if-modified-since',
      'x-amz-checksum-mode',
      'x-amz-copy-source',
      'x-amz-acl',
      'x-amz-tagging',
      'x-amz-metadata-directive',
      'x-amz-object-attributes',
      'x-amz-mp-object-size',
      'x-amz-expected-bucket-owner',
      'x-amz-copy-source-range',
      'x-amz-if-match-size',
      'content-encoding',
      'expect',
      'x-amz-server-side-encryption',
    ),
    fc.stringMatching(/^x-amz-[a-z-]{1,20}[a-z]$/),
  );
  const headerValue = fc.oneof(
    fc.string({ maxLength: 60 }).map((s) => s.replace(/[^\x20-\x7e]/g, '').trim()),
    fc.constantFrom('bytes=0-', 'bytes=-0', '*', '"', ',,,', '-1', '9'.repeat(30), '/other/none', '%'),
  );
  const parameter = fc.oneof(
    fc.constantFrom(
      'max-keys',
      'marker',
      'prefix',
      'delimiter',
      'encoding-type',
      'list-type',
      'continuation-token',
      'versionId',
      'partNumber',
      'uploadId',
      'uploads',
      'versions',
      'acl',
      'tagging',
      'attributes',
      'policy',
      'response-content-type',
      'X-Amz-Signature',
      'torrent',
      'max-parts',
    ),
    fc.string({ minLength: 1, maxLength: 10 }).filter((s) => s.isWellFormed()),
  );
  const value = fc.oneof(
    fc.string({ maxLength: 20, unit: 'grapheme' }),
    fc.constantFrom('', '0', '-1', '10001', '9'.repeat(20), '2', '\u0000'),
  );
  const request = fc.record({
    method: fc.constantFrom('GET', 'DELETE', 'POST', 'OPTIONS', 'PATCH', 'GET', 'GET'),
    path: fc.constantFrom('/', '/fuzz', '/fuzz/k', '/none', '/none/k', '/Bad_Name'),
    query: fc.dictionary(parameter, value, { maxKeys: 3 }),
    headers: fc.dictionary(headerName, headerValue, { maxKeys: 4 }),
  });
  const harmless = request.filter(({ method, path }) => !(method === 'DELETE' && path === '/fuzz')); // that would be right, and remove the bucket
  await always(harmless, async (unsigned) => assertAnswered(await send(server.port, signed(unsigned))), RUNS * 4);
});

test('paths of any bytes', async () => {
  const path = fc.oneof(
    fc.string({ maxLength: 40, unit: 'binary' }).map((s) => `/${Buffer.from(s).toString('latin1')}`),
    fc
      .array(fc.constantFrom('%', '%00', '%ff', '%2F', '/', '..', '.', 'a', '%c3%28', '\u00e4', '+', '//', 'k'.repeat(600)), {
        maxLength: 10,
      })
      .map((parts) => `/fuzz/${parts.join('')}`),
  );
  await always(fc.tuple(fc.constantFrom('GET', 'PUT', 'BREW'), path), async ([method, url]) => {
    const request = signed({ method, path: '/fuzz/k' });
    const answer = await send(server.port, { ...request, url: url.replace(/[\r\n ]/g, '') });
    if (answer.code === undefined) assert.equal(answer.status, 400, answer.text);
    else assertRefused(answer);
  });
});

test('what is not HTTP, and headers beyond measure', async () => {
  await always(
    bytes,
    async (body) => {
      const answer = await send(server.port, { method: 'G\u0000T', url: '/', headers: {}, body });
      assert.equal(answer.status, 400);
    },
    20,
  );
  const big = await send(server.port, {
    method: 'GET',
    url: '/',
    headers: { 'x-amz-meta-big': 'x'.repeat(40_000) },
    body: Buffer.alloc(0),
  });
  assert.equal(big.code, 'RequestHeaderSectionTooLarge');
  const huge = signed({ method: 'PUT', path: '/fuzz/k' });
  assertRefused(
    await send(server.port, { ...huge, headers: { ...huge.headers, 'content-length': '99999999999999' }, body: Buffer.alloc(10) }),
  );
  await assertNothingStored();
});

test('parts in any order', async () => {
  const begun = await send(server.port, signed({ method: 'POST', path: '/fuzz/parts', query: { uploads: '' } }));
  const uploadId = /<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? '';
  const etags = new Map<number, string>();
  for (const number of [1, 2, 3]) {
    const put = await send(
      server.port,
      signed({ method: 'PUT', path: '/fuzz/parts', query: { uploadId, partNumber: String(number) }, body: Buffer.from(`part ${number}`) }),
    );
    etags.set(number, /etag: (\S+)/i.exec(put.text)?.[1] ?? '');
  }
  // All are too small to be followed by another, so that no list of two or more can be right.
  await always(
    fc.array(
      fc.integer({ min: -1, max: 10_002 }).chain((n) => fc.constantFrom(n, 1, 2, 3)),
      { minLength: 2, maxLength: 6 },
    ),
    async (numbers) => {
      const parts = numbers.map((n) => `<Part><PartNumber>${n}</PartNumber><ETag>${etags.get(n) ?? '"0"'}</ETag></Part>`);
      const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
      assertRefused(await send(server.port, signed({ method: 'POST', path: '/fuzz/parts', query: { uploadId }, body })));
    },
  );
  const listed = await send(server.port, signed({ method: 'GET', path: '/fuzz/parts', query: { uploadId } }));
  assert.equal([...listed.text.matchAll(/<PartNumber>/g)].length, 3);
});
