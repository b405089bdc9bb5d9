import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { watchConnections } from './connections.ts';

/** A server whose requests for `/slow` wait until they are let go. */
async function startServer() {
  const waiting: ServerResponse[] = [];
  const server = createServer((incoming, response) => {
    connections.began(incoming, response);
    if (incoming.url === '/slow') waiting.push(response);
    else response.end('done');
  });
  const connections = watchConnections(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ port, path, agent }, resolve).once('error', reject).end();
    });
  return { connections, waiting, ask, agent, port, server };
}

test('a connection that was idle at a stop gets one more answer, and ends with it', async () => {
  const { connections, ask } = await startServer();
  const first = await ask('/');
  assert.equal(first.headers.connection, 'keep-alive');
  assert.equal(await text(first), 'done');
  const drained = connections.drain(10_000);
  const last = await ask('/');
  assert.equal(last.headers.connection, 'close');
  assert.equal(await text(last), 'done');
  await drained;
  await assert.rejects(ask('/'), { code: 'ECONNREFUSED' });
});

test('a request under way at a stop is answered, and ends its connection', async () => {
  const { connections, waiting, ask, server } = await startServer();
  const asked = ask('/slow');
  await once(server, 'request');
  const drained = connections.drain(10_000);
  waiting[0]?.end('late');
  const answer = await asked;
  assert.equal(answer.headers.connection, 'close');
  assert.equal(await text(answer), 'late');
  await drained;
});

test('a request that does not end is cut at the bound, and an idle connection does not hold up the stop', async () => {
  const { connections, ask, server, agent } = await startServer();
  const asked = ask('/slow');
  asked.catch(() => undefined);
  await once(server, 'request');
  await connections.drain(50);
  await assert.rejects(asked, { code: 'ECONNRESET' });
  agent.destroy();

  const other = await startServer();
  (await other.ask('/')).resume();
  await other.connections.drain(60_000);
});
