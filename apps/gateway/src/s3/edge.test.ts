import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createInMemoryCloud, type FoundObject, type ObjectStore } from '@pilvi/object-store';
import { createManualClock } from '@pilvi/runtime';
import { S3Error } from '@pilvi/s3-protocol';
import type { SlowResult } from './reply.ts';
import { createS3App } from './s3-app.ts';
import { sendSlowReply } from './send-slow-reply.ts';
import { send, signed } from './testing/raw-client.ts';
import { startS3Server, type TestServer } from './testing/s3-server.ts';
import { startMemoryS3 } from './testing/memory-s3.ts';

const MIB = 1024 ** 2;

async function withBucket(server: TestServer): Promise<void> {
  assert.equal((await send(server.port, signed({ method: 'PUT', path: '/edge' }))).status, 200);
}

/** Sends a head, gathers what comes back, and gives the socket to go on with. */
async function begin(
  port: number,
  request: ReturnType<typeof signed>,
  headers: Record<string, string>,
): Promise<{ write(body: Buffer): boolean; until(pattern: RegExp): Promise<string>; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
  const head = Object.entries({ ...request.headers, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${request.method} ${request.url} HTTP/1.1\r\n${head.join('')}\r\n`);
  return {
    write: (body) => socket.write(body),
    closed,
    until: async (pattern) => {
      while (!pattern.test(text)) await Promise.race([once(socket, 'data'), closed.then(() => assert.match(text, pattern))]);
      return text;
    },
  };
}

test('a client that expects 100 Continue is told so once it may write', async () => {
  await using server = await startMemoryS3();
  await withBucket(server);
  const body = Buffer.from('hello');
  const put = await begin(server.port, signed({ method: 'PUT', path: '/edge/k', body }), { expect: '100-continue' });
  assert.match(await put.until(/\r\n\r\n/), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  put.write(body);
  await put.until(/HTTP\/1\.1 200 OK/);
});

test('one that may not write is refused before it sends its body', async () => {
  await using server = await startMemoryS3();
  await withBucket(server);
  const refused = await begin(server.port, signed({ method: 'PUT', path: '/edge/k', body: Buffer.alloc(MIB) }, { secret: 'wrong' }), {
    expect: '100-continue',
  });
  const answer = await refused.until(/<\/Error>/);
  assert.match(answer, /^HTTP\/1\.1 403/);
  assert.match(answer, /Connection: close/);
});

test('one that sends on regardless still reads its answer, and then loses the connection', async () => {
  await using server = await startMemoryS3();
  const put = await begin(
    server.port,
    signed({ method: 'PUT', path: '/none/k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    { 'content-length': String(64 * MIB), connection: 'keep-alive' },
  );
  put.write(Buffer.alloc(MIB));
  assert.match(await put.until(/<\/Error>/), /NoSuchBucket/);
  for (let i = 0; i < 16; i++) put.write(Buffer.alloc(MIB));
  await put.closed;
});

test('a small refused body costs no connection', async () => {
  await using server = await startMemoryS3();
  const put = await begin(
    server.port,
    signed({ method: 'PUT', path: '/none/k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    { 'content-length': '10', connection: 'keep-alive' },
  );
  put.write(Buffer.alloc(10));
  assert.doesNotMatch(await put.until(/<\/Error>/), /Connection: close/);
});

/** An object without end, made while it is read. */
function endless(seen: { pieces: number; ended: boolean }): FoundObject['open'] {
  return async function* () {
    try {
      for (;;) {
        seen.pieces += 1;
        yield Buffer.alloc(MIB);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      seen.ended = true;
    }
  };
}

async function startEndless(seen: { pieces: number; ended: boolean }): Promise<TestServer> {
  const cloud = createInMemoryCloud();
  const objects: ObjectStore = {
    ...cloud.objects,
    getObject: async (address, signal) => {
      const { record } = await cloud.objects.getObject(address, signal);
      return { record: { ...record, sizeBytes: 1n << 40n }, open: endless(seen) };
    },
  };
  const server = await startS3Server({ objects, buckets: cloud.buckets });
  await withBucket(server);
  await send(server.port, signed({ method: 'PUT', path: '/edge/k', body: Buffer.from('x') }));
  return server;
}

test('a reader that stops reading stops the store; one that goes away ends it', async () => {
  const seen = { pieces: 0, ended: false };
  await using server = await startEndless(seen);
  const { url, headers } = signed({ method: 'GET', path: '/edge/k' });
  const request = httpRequest({ port: server.port, path: url, headers, setDefaultHeaders: false }).end();
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { destroy(): void }];
  response.pause();
  let before = -1;
  while (before !== seen.pieces) {
    before = seen.pieces;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(seen.pieces < 64, `${seen.pieces} MiB were read for a client that reads none`);
  assert.equal(seen.ended, false);
  response.destroy();
  while (!seen.ended) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a store that fails in the middle of a body cuts the connection: no whole answer is pretended', async () => {
  const cloud = createInMemoryCloud();
  const objects: ObjectStore = {
    ...cloud.objects,
    getObject: async (address, signal) => {
      const { record } = await cloud.objects.getObject(address, signal);
      return {
        record: { ...record, sizeBytes: 20n },
        open: async function* () {
          yield Buffer.alloc(10);
          await new Promise((resolve) => setTimeout(resolve, 50));
          throw new Error('a node is gone');
        },
      };
    },
  };
  await using server = await startS3Server({ objects, buckets: cloud.buckets });
  await withBucket(server);
  await send(server.port, signed({ method: 'PUT', path: '/edge/k', body: Buffer.from('x') }));
  const answer = await send(server.port, signed({ method: 'GET', path: '/edge/k' }));
  assert.match(answer.text, /^HTTP\/1\.1 200 OK[^]*Content-Length: 20\r\n/);
  assert.equal(answer.text.split('\r\n\r\n')[1]?.length, 10);
});

test('what fails inside is an InternalError without our words', async () => {
  const cloud = createInMemoryCloud();
  const objects: ObjectStore = { ...cloud.objects, headObject: () => Promise.reject(new Error('secret path /data/storage-1')) };
  await using server = await startS3Server({ objects, buckets: cloud.buckets });
  await withBucket(server);
  const answer = await send(server.port, signed({ method: 'GET', path: '/edge/k', query: { tagging: '' } }));
  assert.deepEqual([answer.status, answer.code], [500, 'InternalError']);
  assert.doesNotMatch(answer.text, /secret/);
});

test('virtual-host names', async () => {
  await using server = await startMemoryS3({ domains: ['pilvi.test'] });
  await withBucket(server);
  const host = { host: 'edge.pilvi.test' };
  assert.equal((await send(server.port, signed({ method: 'PUT', path: '/a/b', headers: host, body: Buffer.from('x') }))).status, 200);
  assert.match((await send(server.port, signed({ method: 'GET', path: '/edge/a/b' }))).text, /\r\n\r\nx$/);
});

/** As much of a response as a slow reply needs. */
function fakeWire(): { sent: string[]; wire: Parameters<typeof sendSlowReply>[0]; clock: ReturnType<typeof createManualClock> } {
  const sent: string[] = [];
  const clock = createManualClock();
  const response = {
    destroyed: false,
    writeHead: (status: number) => sent.push(String(status)),
    write: (text: string) => sent.push(text),
    end: (text: string) => sent.push(text),
  };
  const request = { complete: true, method: 'POST', headers: {} };
  const wire = { request, response, clock, commonHeaders: [], signal: new AbortController().signal } as unknown as Parameters<
    typeof sendSlowReply
  >[0];
  return { sent, wire, clock };
}

test('slow work keeps its client with white space, and tells its end in the body', async () => {
  const ends: [() => SlowResult | Promise<SlowResult>, string][] = [
    [() => ({ headers: [], document: ['Done', ''] }), '<Done></Done>'],
    [() => Promise.reject(new S3Error('InvalidPart')), '<Code>InvalidPart</Code>'],
  ];
  for (const [end, expected] of ends) {
    const { sent, wire, clock } = fakeWire();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const reply = sendSlowReply(wire, promise.then(end), { resource: '/b/k', requestId: 'R', hostId: 'R' });
    await clock.advance(25_000);
    resolve(undefined);
    await reply;
    assert.deepEqual(sent.slice(0, 3), ['200', '<?xml version="1.0" encoding="UTF-8"?>\n', ' ']);
    assert.ok(sent[3]?.includes(expected), String(sent[3]));
    assert.equal(clock.waiting, 0);
  }
});

test('slow work that is quick is answered plainly', async () => {
  const { sent, wire } = fakeWire();
  await assert.rejects(
    sendSlowReply(wire, Promise.reject(new S3Error('InvalidPart')), { resource: '', requestId: '', hostId: '' }),
    S3Error,
  );
  assert.deepEqual(sent, []);
});

test('the application carries nothing but the dispatcher', () => {
  const app = createS3App({} as Parameters<typeof createS3App>[0]);
  assert.equal((app as unknown as { router: { stack: unknown[] } }).router.stack.length, 1);
});
