import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presigned, send, signed } from './testing/raw-client.ts';
import { startMemoryS3 } from './testing/memory-s3.ts';

const body = Buffer.from('hello');
const EMPTY_CRC32 = 'AAAAAA==';
/** What the AWS SDK for JavaScript puts into the URL of a PUT, whose body it does not know yet. */
const OF_NOTHING = { 'x-amz-checksum-crc32': EMPTY_CRC32, 'x-amz-sdk-checksum-algorithm': 'CRC32' };

test('a checksum in the query of a presigned PUT does not bind the body, but is part of what is signed', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/presigned' }));
  const put = presigned({ method: 'PUT', path: '/presigned/k', query: { ...OF_NOTHING, 'x-id': 'PutObject' }, body });
  assert.equal((await send(server.port, put)).status, 200);
  assert.match((await send(server.port, presigned({ method: 'GET', path: '/presigned/k' }))).text, /\r\n\r\nhello$/);
  const changed = { ...put, url: put.url.replace('x-amz-checksum-crc32=AAAAAA', 'x-amz-checksum-crc32=BBBBBB') };
  assert.equal((await send(server.port, changed)).code, 'SignatureDoesNotMatch');
});

test('one in a header does, and the body of a part is free as well', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/presigned' }));
  const headers = { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' };
  const put = presigned({ method: 'PUT', path: '/presigned/k', query: OF_NOTHING, headers, body });
  assert.equal((await send(server.port, put)).status, 200);
  assert.equal((await send(server.port, { ...put, body: Buffer.from('hullo') })).code, 'BadDigest');
  const made = await send(server.port, signed({ method: 'POST', path: '/presigned/k', query: { uploads: '' } }));
  const uploadId = /<UploadId>([^<]+)</.exec(made.text)?.[1] ?? '';
  const part = presigned({ method: 'PUT', path: '/presigned/k', query: { ...OF_NOTHING, uploadId, partNumber: '1' }, body });
  assert.equal((await send(server.port, part)).status, 200);
});
