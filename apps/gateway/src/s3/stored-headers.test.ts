import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send, signed } from './testing/raw-client.ts';
import { startMemoryS3 } from './testing/memory-s3.ts';

test('header values outside ASCII come back as the bytes that were sent, from memory and in pieces', async () => {
  await using server = await startMemoryS3();
  await send(server.port, signed({ method: 'PUT', path: '/headers' }));
  const value = Buffer.from('attachment; filename="日本 ä.txt"').toString('latin1'); // as node:http spells bytes
  const headers = { 'content-disposition': value, 'x-amz-meta-name': value, 'cache-control': value };
  for (const body of [Buffer.alloc(0), Buffer.from('small'), Buffer.alloc(3_000_000)]) {
    assert.equal((await send(server.port, signed({ method: 'PUT', path: '/headers/k', headers, body }))).status, 200);
    for (const method of ['GET', 'HEAD']) {
      const { status, text } = await send(server.port, signed({ method, path: '/headers/k' }));
      assert.equal(status, 200);
      for (const name of ['Content-Disposition', 'x-amz-meta-name', 'Cache-Control'])
        assert.ok(text.includes(`\r\n${name}: ${value}\r\n`), name);
    }
  }
  const query = { 'response-content-disposition': 'attachment; filename="ä"' };
  const { status, text } = await send(server.port, signed({ method: 'GET', path: '/headers/k', query }));
  assert.equal(status, 200);
  assert.ok(text.includes('\r\nContent-Disposition: attachment; filename="ä"\r\n'));
  const beyond = { 'response-content-disposition': '日本' };
  assert.equal((await send(server.port, signed({ method: 'GET', path: '/headers/k', query: beyond }))).code, 'InvalidArgument');
});
