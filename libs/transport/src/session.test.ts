import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkRequest, ChunkRequestFrame, ChunkResponse, ChunkResponseFrame } from '@pilvi/contracts/chunk/v1/service';
import { createSessionClient, dial, serve, serveSession, TransportError } from './index.ts';
import type { RpcChannel, RpcServer, Security, ServeSessionOptions, SessionClient, SessionClientLimits } from './index.ts';
import { testTransport } from './testing/transports.ts';

type Req = NonNullable<ChunkRequest['body']>;
type Res = NonNullable<ChunkResponse['body']>;
type Handler = (body: Req, context: { readonly signal: AbortSignal }) => Promise<Res> | Res;

const MIB = 1024 * 1024;
const ID = Buffer.alloc(16, 7);

function serveChunks(
  address: string,
  security: Security,
  handler: Handler,
  options: ServeSessionOptions<Req, Res> = {},
): Promise<RpcServer> {
  const session = (call: ServerDuplexStream<ChunkRequestFrame, ChunkResponseFrame>): void => serveSession<Req, Res>(call, handler, options);
  return serve({ address, security, services: [{ definition: ChunkServiceService, implementation: { session } }] });
}

const payloadBytes = (body: Req): number => (body.$case === 'put' ? body.value.data.length : body.$case === 'get' ? body.value.length : 0);

function chunkClient(channel: RpcChannel, limits: Partial<SessionClientLimits> = {}): SessionClient<Req, Res> {
  return createSessionClient<Req, Res>({ open: () => channel.duplex(ChunkServiceService.session), sizeOf: payloadBytes, limits });
}

const get = (offset: number, length = 0): Req => ({ $case: 'get', value: { chunkId: ID, offset, length } });
const put = (data: Buffer): Req => ({ $case: 'put', value: { chunkId: ID, partition: 1, owner: ID, crc32: 0, data } });
const data = (bytes: Buffer, size = bytes.length): Res => ({ $case: 'data', value: { data: bytes, chunkSizeBytes: size, crc32: 0 } });
/** Answers a get with its own offset, and a put with the bytes put. */
const echo: Handler = (body) =>
  body.$case === 'put' ? data(body.value.data) : data(Buffer.alloc(0), body.$case === 'get' ? body.value.offset : 0);

function sizeOf(answer: Res): number {
  return answer.$case === 'data' ? answer.value.chunkSizeBytes : -1;
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 30_000;
  while (!condition()) {
    assert.ok(performance.now() < giveUpMs, 'condition never came true');
    await sleep(5);
  }
}

/** The session opens by itself, after a moment. */
async function answerInTheEnd(client: SessionClient<Req, Res>, body: Req): Promise<Res> {
  let answer: Res | undefined;
  const giveUpMs = performance.now() + 30_000;
  while (answer === undefined) {
    assert.ok(performance.now() < giveUpMs, 'the session never opened');
    answer = await client.call(body).catch(() => sleep(5).then(() => undefined));
  }
  return answer;
}

for (const kind of ['unix', 'tls'] as const) {
  test(`${kind}: 20,000 calls get each its own answer, many to a frame`, async () => {
    await using where = await testTransport(kind);
    let frames = 0;
    const session = (call: ServerDuplexStream<ChunkRequestFrame, ChunkResponseFrame>): void => {
      call.on('data', () => frames++);
      serveSession<Req, Res>(call, echo);
    };
    await using server = await serve({
      address: where.address,
      security: where.security,
      services: [{ definition: ChunkServiceService, implementation: { session } }],
    });
    await using channel = dial({ address: server.address, security: where.security });
    await using client = chunkClient(channel);
    const answers = await Promise.all(Array.from({ length: 20_000 }, (_, i) => client.call(get(i))));
    assert.ok(answers.every((answer, i) => sizeOf(answer) === i));
    assert.ok(frames < 2_000, `${frames} frames`);
    assert.equal(client.inFlight, 0);
  });

  test(`${kind}: 1 MiB messages go through whole, both ways`, async () => {
    await using where = await testTransport(kind);
    await using server = await serveChunks(where.address, where.security, echo);
    await using channel = dial({ address: server.address, security: where.security });
    await using client = chunkClient(channel);
    await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const sent = Buffer.alloc(MIB + i, i + 1);
        const answer = await client.call(put(sent));
        assert(answer.$case === 'data');
        assert.ok(answer.value.data.equals(sent));
      }),
    );
  });
}

test('a deadline and a cancelled call free the caller at once, and their late answers harm nobody', async () => {
  await using where = await testTransport('unix');
  // Nothing but the first is answered before it is told to be.
  const answers = [0, 1, 2, 3].map(() => Promise.withResolvers<undefined>());
  answers[0]?.resolve(undefined);
  await using server = await serveChunks(where.address, where.security, async (body, context) => {
    await (body.$case === 'get' ? answers[body.value.offset]?.promise : undefined);
    return echo(body, context);
  });
  await using channel = dial({ address: server.address, security: where.security });
  await using client = chunkClient(channel);
  await client.call(get(0));
  const abort = new AbortController();
  const cancelled = client.call(get(1), { signal: abort.signal });
  const late = client.call(get(2), { deadlineMs: 50 });
  const fine = client.call(get(3));
  setTimeout(() => abort.abort(), 20);
  await assert.rejects(cancelled, { code: 'cancelled', details: { sent: true } });
  await assert.rejects(late, { code: 'deadline', details: { sent: true } });
  for (const answer of answers) answer.resolve(undefined);
  assert.equal(sizeOf(await fine), 3);
  assert.equal(client.inFlight, 0);
  await assert.rejects(client.call(get(4), { signal: abort.signal }), { code: 'cancelled', details: { sent: false } });
});

test('nobody there: rejected soon, surely not sent; the session opens by itself when the server comes', async () => {
  await using where = await testTransport('unix');
  await using channel = dial({ address: where.address, security: where.security });
  await using client = chunkClient(channel);
  await assert.rejects(client.call(get(1)), { code: 'unavailable', details: { sent: false, grpcStatus: 14 } });
  await using server = await serveChunks(where.address, where.security, echo);
  assert.ok(server);
  assert.equal(sizeOf(await answerInTheEnd(client, get(2))), 2);
});

test('connect opens the session before any call; where nobody is there, it harms no later call', async () => {
  await using where = await testTransport('unix');
  await using channel = dial({ address: where.address, security: where.security, reconnectCapMs: 50 });
  await using client = chunkClient(channel);
  client.connect();
  await until(() => client.state === 'idle');
  await using server = await serveChunks(where.address, where.security, echo);
  assert.ok(server);
  await until(() => {
    client.connect();
    return client.state === 'open';
  });
  assert.equal(sizeOf(await client.call(get(7))), 7);
});

test('the end of the stream rejects what was sent as sent and the rest as not sent; then it opens again', async () => {
  await using where = await testTransport('unix');
  const aborted: boolean[] = [];
  let begun = 0;
  const first = await serveChunks(where.address, where.security, (_body, { signal }) => {
    begun++;
    return new Promise(() => signal.addEventListener('abort', () => aborted.push(true)));
  });
  await using channel = dial({ address: first.address, security: where.security });
  await using client = chunkClient(channel, { maxInFlight: 2 });
  const calls = [1, 2, 3].map((i) =>
    client.call(get(i)).then(
      () => 'answered',
      (error: unknown) => error,
    ),
  );
  await until(() => client.inFlight === 2 && begun === 2);
  await first[Symbol.asyncDispose]();
  const errors = await Promise.all(calls);
  assert.ok(errors.every((error) => error instanceof TransportError && error.code === 'stream-closed'));
  assert.deepEqual(
    errors.map((error) => (error as TransportError).details.sent),
    [true, true, false],
  );
  assert.equal(aborted.length, 2, 'handlers heard of it');
  await using second = await serveChunks(where.address, where.security, echo);
  assert.equal(second.address, first.address);
  assert.equal(sizeOf(await answerInTheEnd(client, get(5))), 5);
});

test('callers wait when the bounds are reached, in order', async () => {
  await using where = await testTransport('unix');
  let working = 0;
  let most = 0;
  await using server = await serveChunks(where.address, where.security, async (body, context) => {
    most = Math.max(most, ++working);
    await sleep(2);
    working--;
    return echo(body, context);
  });
  await using channel = dial({ address: server.address, security: where.security });
  await using client = chunkClient(channel, { maxInFlight: 4, maxInFlightBytes: 3 * MIB });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 40 }, (_, i) => client.call(get(i, i % 2 === 0 ? MIB - 256 : 0)).then(() => order.push(i))));
  assert.equal(most, 4);
  assert.equal(order.length, 40);
  const huge = await client.call(put(Buffer.alloc(5 * MIB)));
  assert.equal(sizeOf(huge), 5 * MIB, 'one call above the bound goes alone');
});

test('a client that does not read stops the server’s work: memory is bounded', async () => {
  await using where = await testTransport('unix');
  let begun = 0;
  const answer = (body: Res): number => (body.$case === 'data' ? body.value.data.length : 0);
  await using server = await serveChunks(where.address, where.security, () => (begun++, data(Buffer.alloc(MIB))), {
    limits: { maxUnsentBytes: 4 * MIB, maxConcurrent: 8 },
    sizeOf: answer,
  });
  await using channel = dial({ address: server.address, security: where.security });
  const call = channel.duplex(ChunkServiceService.session);
  using _ = {
    [Symbol.dispose]: () => {
      call.cancel();
    },
  };
  call.on('error', () => undefined);
  let read = 0;
  call.on('data', (frame: ChunkResponseFrame) => {
    if (read === 0) call.pause();
    read += frame.responses.length;
  });
  const requests = Array.from({ length: 120 }, (_, i) => ({ id: BigInt(i), body: get(0) }));
  for (const request of requests) call.write({ requests: [request] });
  await until(() => read > 0);
  // It comes to stand still; were there no bound, it would do so only when all is made.
  for (let before = -1; before !== begun;) {
    before = begun;
    await sleep(300);
  }
  assert.ok(begun < 80, `${begun} MiB of answers made for a client that reads none`);
  call.resume();
  await until(() => read === 120);
});

test('a handler’s failure becomes its answer, or ends the stream', async () => {
  await using where = await testTransport('unix');
  const failing: Handler = () => Promise.reject(new Error('bug'));
  const failure: Res = { $case: 'failure', value: { code: 6, detail: 'internal' } };
  {
    await using server = await serveChunks(where.address, where.security, failing, { onFailure: () => failure });
    await using channel = dial({ address: server.address, security: where.security });
    await using client = chunkClient(channel);
    assert.deepEqual(await client.call(get(1)), failure);
  }
  await using server = await serveChunks(where.address, where.security, failing);
  await using channel = dial({ address: server.address, security: where.security });
  await using client = chunkClient(channel);
  await assert.rejects(client.call(get(1)), { code: 'stream-closed', details: { sent: true, grpcStatus: 13 } });
});

test('a closed client says so', async () => {
  await using where = await testTransport('unix');
  let begun = 0;
  await using server = await serveChunks(where.address, where.security, () => (begun++, new Promise(() => undefined)));
  await using channel = dial({ address: server.address, security: where.security });
  const client = chunkClient(channel);
  const pending = client.call(get(1));
  await until(() => begun === 1);
  await Promise.all([assert.rejects(pending, { code: 'closed', details: { sent: true } }), client[Symbol.asyncDispose]()]);
  await assert.rejects(client.call(get(2)), { code: 'closed', details: { sent: false } });
});
