import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { holdPort } from './held-port.ts';
import { freeLoopbackPorts } from './ports.ts';

/** Answers every connection with its process id, on the socket that it inherits. */
const SERVER = `require('node:net').createServer((s) => s.end(String(process.pid))).listen({ fd: 3 }, () => console.log('listening'))`;

function serve(fd: number) {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit', fd] });
  return { child, listening: once(child.stdout!, 'data') };
}

test('a connection made while the server is dead is answered by the next one', async () => {
  const [port] = await freeLoopbackPorts(1);
  const held = holdPort('127.0.0.1', port!);
  assert.ok(held !== undefined);
  const first = serve(held.fd);
  await first.listening;
  assert.equal(await text(connect(port!, '127.0.0.1')), String(first.child.pid));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const waiting = text(connect(port!, '127.0.0.1'));
  const second = serve(held.fd);
  try {
    assert.equal(await waiting, String(second.child.pid));
  } finally {
    second.child.kill('SIGKILL');
    held.close();
  }
});

test('a port that cannot be had is not held', async () => {
  const [port] = await freeLoopbackPorts(1);
  const held = holdPort('127.0.0.1', port!);
  const server = serve(held!.fd);
  try {
    await server.listening;
    assert.equal(holdPort('127.0.0.1', port!), undefined);
  } finally {
    server.child.kill('SIGKILL');
    held?.close();
  }
});
