import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServerDuplexStream } from '@grpc/grpc-js';
import { acceptPeerStream, dial, openPeerStream, peerMethods, serve } from './index.ts';
import type { PeerStream, PeerStreamEnd, RpcChannel, RpcServer, Security } from './index.ts';
import { testTransport } from './testing/transports.ts';

/** A stream of texts, since the end of streams does not depend on what they carry. */
const encode = (frame: string[]): Buffer => Buffer.from(JSON.stringify(frame));
const decode = (bytes: Buffer): string[] => JSON.parse(bytes.toString()) as string[];
const session: MethodDefinition<string[], string[]> = {
  path: '/pilvi.replication.v1.PeerService/Session',
  requestStream: true,
  responseStream: true,
  requestSerialize: encode,
  requestDeserialize: decode,
  responseSerialize: encode,
  responseDeserialize: decode,
};
const framing = { pack: (messages: string[]) => messages, unpack: (frame: string[]) => frame, sizeOf: (text: string) => text.length };

/** One side of a stream, and what it heard. */
interface Side {
  stream: PeerStream<string>;
  readonly heard: string[];
  readonly ends: PeerStreamEnd[];
  opens: number;
}

function side(onMessages?: (messages: readonly string[]) => void | Promise<void>): {
  self: Side;
  handlers: Pick<Parameters<typeof openPeerStream<string, string, string[], string[]>>[0], 'onOpen' | 'onMessages' | 'onEnd'>;
} {
  const self: Side = { stream: undefined as never, heard: [], ends: [], opens: 0 };
  return {
    self,
    handlers: {
      onOpen: () => {
        self.opens++;
      },
      onMessages(messages) {
        self.heard.push(...messages);
        return onMessages?.(messages);
      },
      onEnd: (end) => void self.ends.push(end),
    },
  };
}

async function servePeers(
  address: string,
  security: Security,
  accepted: Side[],
  onMessages?: (messages: readonly string[]) => void | Promise<void>,
): Promise<RpcServer> {
  const accept = (call: ServerDuplexStream<string[], string[]>): void => {
    const { self, handlers } = side(onMessages);
    accepted.push(self);
    self.stream = acceptPeerStream<string, string, string[], string[]>({ call, ...framing, ...handlers });
  };
  return serve({
    address,
    security,
    services: [{ definition: peerMethods({ session } as never), implementation: { session: accept } }],
  });
}

function open(channel: RpcChannel, options: { maxUnsentBytes?: number } = {}): Side {
  const { self, handlers } = side();
  self.stream = openPeerStream<string, string, string[], string[]>({ channel, method: session, ...framing, ...handlers, ...options });
  return self;
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 30_000;
  while (!condition()) {
    assert.ok(performance.now() < giveUpMs, 'condition never came true');
    await sleep(2);
  }
}

const ends = (of: Side | undefined): string[] => of?.ends.map((end) => end.by) ?? [];

for (const kind of ['unix', 'tls'] as const) {
  /** What an end that the peer initiated is called here (L3). */
  const peer = kind === 'unix' ? 'peer' : 'unknown';

  test(`${kind}: messages keep their order, both ways`, async () => {
    await using where = await testTransport(kind);
    const accepted: Side[] = [];
    await using server = await servePeers(where.address, where.security, accepted);
    await using channel = dial({ address: server.address, security: where.security });
    const caller = open(channel);
    const texts = Array.from({ length: 5_000 }, (_, i) => String(i));
    for (const text of texts) caller.stream.send(text);
    await until(() => accepted[0]?.heard.length === texts.length);
    assert.deepEqual(accepted[0]?.heard, texts);
    for (const text of texts) {
      accepted[0].stream.send(text);
      if (Number(text) % 100 === 0) await sleep(0);
    }
    await until(() => caller.heard.length === texts.length);
    assert.deepEqual(caller.heard, texts);
    assert.equal(caller.opens, 1);
  });

  test(`${kind}: a close is self here and the peer’s there, last words included`, async () => {
    await using where = await testTransport(kind);
    const accepted: Side[] = [];
    await using server = await servePeers(where.address, where.security, accepted);
    await using channel = dial({ address: server.address, security: where.security });
    for (const who of ['caller', 'acceptor'] as const) {
      const caller = open(channel);
      const count = accepted.length;
      await until(() => accepted.length > count && caller.stream.state === 'open');
      const acceptor = accepted[count]!;
      const [closer, other] = who === 'caller' ? [caller, acceptor] : [acceptor, caller];
      closer.stream.send('last words');
      closer.stream.close();
      assert.deepEqual(ends(closer), ['self'], 'before the other side can see it');
      await until(() => other.ends.length > 0);
      assert.deepEqual(other.heard, ['last words']);
      await sleep(50);
      assert.deepEqual([ends(closer), ends(other)], [['self'], [peer]], `${who} closed`);
      assert.equal(closer.stream.send('too late'), false);
    }
  });

  test(`${kind}: closing the channel or the server is self, too`, async () => {
    await using where = await testTransport(kind);
    const accepted: Side[] = [];
    const server = await servePeers(where.address, where.security, accepted);
    const channel = dial({ address: server.address, security: where.security });
    const first = open(channel);
    await until(() => first.stream.state === 'open');
    await channel[Symbol.asyncDispose]();
    await until(() => ends(accepted[0]).length > 0);
    assert.deepEqual([ends(first), ends(accepted[0])], [['self'], [peer]]);
    await using again = dial({ address: server.address, security: where.security });
    const second = open(again);
    await until(() => second.stream.state === 'open');
    await server[Symbol.asyncDispose]();
    await until(() => ends(second).length > 0);
    assert.deepEqual([ends(second), ends(accepted[1])], [[peer], ['self']]);
  });

  test(`${kind}: a killed server’s stream ends, without waiting for a time-out`, async () => {
    await using where = await testTransport(kind);
    const child = await startChild('serve', where.address, where.security);
    await using channel = dial({ address: child.said, security: where.security });
    const caller = open(channel);
    await until(() => caller.stream.state === 'open');
    child.process.kill('SIGKILL');
    await until(() => caller.ends.length > 0);
    assert.deepEqual(ends(caller), [peer]);
  });

  test(`${kind}: a killed client’s stream ends, without waiting for a time-out`, async () => {
    await using where = await testTransport(kind);
    const accepted: Side[] = [];
    await using server = await servePeers(where.address, where.security, accepted);
    const child = await startChild('dial', server.address, where.security);
    await until(() => accepted.length === 1);
    child.process.kill('SIGKILL');
    await until(() => ends(accepted[0]).length > 0);
    assert.deepEqual(ends(accepted[0]), [peer]);
  });
}

test('a stream that never opened proves nothing', async () => {
  await using where = await testTransport('unix');
  await using channel = dial({ address: where.address, security: where.security });
  const caller = open(channel);
  await until(() => caller.ends.length > 0);
  assert.deepEqual([ends(caller), caller.opens], [['unknown'], 0]);
});

test('a frame that cannot be decoded ends the stream as our doing, not the peer’s', async () => {
  await using where = await testTransport('unix');
  const accepted: Side[] = [];
  await using server = await servePeers(where.address, where.security, accepted);
  await using channel = dial({ address: server.address, security: where.security });
  const raw = channel.duplex<string, string[]>({
    ...(session as unknown as MethodDefinition<string, string[]>),
    requestSerialize: (text) => Buffer.from(text),
  });
  raw.on('error', () => undefined);
  raw.write('not JSON');
  await until(() => ends(accepted[0]).length > 0);
  assert.deepEqual(ends(accepted[0]), ['self']);
});

test('a peer that does not read: send says so, and at the bound the stream ends', async () => {
  await using where = await testTransport('unix');
  const accepted: Side[] = [];
  await using server = await servePeers(where.address, where.security, accepted, () => new Promise(() => undefined));
  await using channel = dial({ address: server.address, security: where.security });
  const caller = open(channel, { maxUnsentBytes: 32 * 1024 * 1024 });
  caller.stream.send('first');
  await until(() => accepted[0]?.heard.length === 1);
  const text = 'x'.repeat(1024 * 1024);
  let refused = 0;
  for (let i = 0; i < 200 && caller.ends.length === 0; i++) {
    if (!caller.stream.send(text)) refused++;
    await sleep(1);
  }
  assert.ok(refused > 0);
  assert.deepEqual(ends(caller), ['self']);
  assert.match(caller.ends[0]?.detail ?? '', /does not read/);
  assert.equal(accepted[0]?.heard.length, 1, 'nothing was read on');
});

test('a stopped peer is silent, but its stream has not ended', async () => {
  await using where = await testTransport('unix');
  const child = await startChild('serve', where.address, where.security);
  await using channel = dial({ address: child.said, security: where.security });
  const caller = open(channel);
  await until(() => caller.stream.state === 'open');
  child.process.kill('SIGSTOP');
  caller.stream.send('are you there?');
  await sleep(500);
  assert.deepEqual(ends(caller), []);
  child.process.kill('SIGKILL');
  await until(() => caller.ends.length > 0);
  assert.deepEqual(ends(caller), ['peer']);
});

/** A real process; `said` is the first line it wrote. */
async function startChild(role: 'serve' | 'dial', address: string, security: Security): Promise<{ process: ChildProcess; said: string }> {
  const script = fileURLToPath(new URL('./testing/peer-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, role, address, JSON.stringify(security)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, said: line.toString().trim() };
}
