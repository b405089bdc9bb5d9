import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { connect as http2Connect } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join as joinPath } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { ClusterServiceClient, ClusterServiceService } from '@pilvi/contracts/cluster/v1/service';
import type { JoinRequest, JoinResponse } from '@pilvi/contracts/cluster/v1/service';
import { createClusterAuthority, issueCertificate } from './cluster-authority.ts';
import { callUnary, dial, serve } from './index.ts';
import type { RpcServer, Security } from './index.ts';
import { FLOW_CONTROL_WINDOW_BYTES } from './settings.ts';
import { testTransport } from './testing/transports.ts';

type Join = (call: { request: JoinRequest }, done: (error: object | null, response?: JoinResponse) => void) => void;

function serveJoin(address: string, security: Security, join: Join): Promise<RpcServer> {
  return serve({
    address,
    security,
    services: [{ definition: ClusterServiceService, implementation: { join, session: () => undefined } }],
  });
}

const answer: Join = (call, done) => done(null, { settings: undefined, gateways: [call.request.clusterId] });

async function join(
  address: string,
  security: Security,
  options: { deadlineMs?: number; signal?: AbortSignal; serverName?: string } = {},
): Promise<string | undefined> {
  await using channel = dial({ address, security, ...(options.serverName === undefined ? {} : { serverName: options.serverName }) });
  const client = channel.client(ClusterServiceClient);
  const request = { member: undefined, clusterId: 'c-1', protocol: 1 };
  const response = await callUnary<JoinResponse>((metadata, callOptions, done) => client.join(request, metadata, callOptions, done), {
    deadlineMs: 30_000,
    ...options,
  });
  return response.gateways[0];
}

for (const kind of ['unix', 'tls'] as const) {
  test(`${kind}: a unary call is answered; failures are TransportErrors`, async () => {
    await using where = await testTransport(kind);
    await using server = await serveJoin(where.address, where.security, answer);
    assert.equal(await join(server.address, where.security), 'c-1');
  });

  test(`${kind}: deadline, cancellation and refusal`, async () => {
    await using where = await testTransport(kind);
    let refuses = false;
    await using server = await serveJoin(where.address, where.security, (_call, done) => {
      if (refuses) done({ code: status.PERMISSION_DENIED, details: 'no' });
    });
    await assert.rejects(join(server.address, where.security, { deadlineMs: 100 }), { code: 'deadline' });
    const abort = new AbortController();
    const cancelled = join(server.address, where.security, { signal: abort.signal });
    await sleep(50);
    abort.abort();
    await assert.rejects(cancelled, { code: 'cancelled' });
    refuses = true;
    await assert.rejects(join(server.address, where.security), { code: 'refused', message: /no/ });
  });
}

test('unix: the socket is its owner’s alone, in a directory that is its owner’s alone', async () => {
  await using where = await testTransport('unix');
  const path = joinPath(where.directory, 'sub', 'a.sock');
  await using server = await serveJoin(`unix:${path}`, where.security, answer);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(joinPath(where.directory, 'sub'))).mode & 0o777, 0o700);
  assert.equal(await join(server.address, where.security), 'c-1');
  await chmod(where.directory, 0o755);
  await assert.rejects(serveJoin(`unix:${joinPath(where.directory, 'b.sock')}`, where.security, answer), { code: 'insecure' });
});

test('unix: a stale socket is replaced, a living one and a file are not', async () => {
  await using where = await testTransport('unix');
  const path = joinPath(where.directory, 'test.sock');
  await leaveStaleSocket(path);
  assert.ok((await stat(path)).isSocket());
  await using server = await serveJoin(where.address, where.security, answer);
  assert.equal(await join(server.address, where.security), 'c-1');
  await assert.rejects(serveJoin(where.address, where.security, answer), { code: 'address-in-use' });
  const file = joinPath(where.directory, 'file');
  await writeFile(file, 'precious');
  await assert.rejects(serveJoin(`unix:${file}`, where.security, answer), { code: 'address-in-use', message: /not a socket/ });
});

test('tcp is refused without certificates, on both sides', async () => {
  await assert.rejects(serveJoin('127.0.0.1:0', { kind: 'unix' }, answer), { code: 'insecure' });
  assert.throws(() => dial({ address: '127.0.0.1:7000', security: { kind: 'unix' } }), { code: 'insecure' });
});

test('tls: a port in use is told', async () => {
  await using where = await testTransport('tls');
  await using server = await serveJoin(where.address, where.security, answer);
  await assert.rejects(serveJoin(server.address, where.security, answer), { code: 'address-in-use' });
});

test('tls: only certificates of this cluster’s authority are let in, and only the name asked for', async () => {
  await using where = await testTransport('tls');
  await using server = await serveJoin(where.address, where.security, answer);
  const otherAuthority = await createClusterAuthority(await mkdtemp(joinPath(where.directory, 'other-')));
  const stranger = await issueCertificate(otherAuthority, { name: 'stranger' });
  assert(where.security.kind === 'tls');
  // It trusts our server, but its own certificate is of another authority.
  await assert.rejects(join(server.address, { ...stranger, ca: where.security.ca }), { code: 'unavailable' });
  // It does not trust our server.
  await assert.rejects(join(server.address, stranger), { code: 'unavailable' });
  await assert.rejects(join(server.address, where.security, { serverName: 'somebody-else' }), { code: 'unavailable' });
  assert.equal(await join(server.address, where.security, { serverName: 'test' }), 'c-1');
});

/** A TLS alert record. */
const ALERT_BYTES = 7;

test('tls: a client without a certificate, or without TLS, gets not one byte of HTTP/2', async () => {
  await using where = await testTransport('tls');
  await using server = await serveJoin(where.address, where.security, answer);
  assert(where.security.kind === 'tls');
  const port = Number(server.address.split(':')[1]);
  const { ca } = where.security;
  const overTls = (own: { cert?: string; key?: string }): Promise<number> =>
    received((end) => {
      const socket = tlsConnect({ port, host: '127.0.0.1', ca, servername: 'test', ALPNProtocols: ['h2'], ...own }, () =>
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      );
      return socket.on('close', end).on('error', () => undefined);
    });
  const { cert, key } = where.security;
  assert.ok((await overTls({ cert, key })) > 0, 'with a certificate it answers');
  assert.equal(await overTls({}), 0);
  const plain = await received((end) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    return socket.on('close', end).on('error', () => undefined);
  });
  assert.ok(plain <= ALERT_BYTES, 'at most a TLS alert');
});

/** Bytes that a socket got before it was closed; it closes itself when they are more than an alert. */
async function received(open: (end: () => void) => Socket): Promise<number> {
  let bytes = 0;
  await new Promise<void>((resolve) => {
    const socket = open(resolve);
    socket.on('data', (data) => {
      bytes += data.length;
      if (bytes > ALERT_BYTES) socket.destroy();
    });
  });
  return bytes;
}

/** What a server killed with SIGKILL leaves behind: a socket file that nobody listens on. */
async function leaveStaleSocket(path: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['-e', `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a server takes 8 MiB before it must answer, on a stream and on a connection', async () => {
  await using where = await testTransport('unix');
  await using _ = await serveJoin(where.address, where.security, answer);
  const session = http2Connect('http://localhost', { createConnection: () => connect(where.address.slice('unix:'.length)) });
  await once(session, 'remoteSettings');
  assert.equal(session.remoteSettings.initialWindowSize, FLOW_CONTROL_WINDOW_BYTES);
  while (session.state.remoteWindowSize !== FLOW_CONTROL_WINDOW_BYTES) await sleep(5);
  session.destroy();
});
