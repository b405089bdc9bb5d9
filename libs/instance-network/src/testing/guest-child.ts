// A program inside an instance's namespace (or anywhere): does what it is told over IPC, and says what came of it.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { GuestAnswer, GuestRequest } from './guest.ts';

const kept: Socket[] = [];

process.on('message', (request: GuestRequest & { id: number }) => {
  void act(request).then(
    (answer) => process.send!({ id: request.id, ...answer }),
    (error: unknown) => process.send!({ id: request.id, outcome: 'error', text: String(error) }),
  );
});
// Tied to the test: without it there is nothing to do.
process.on('disconnect', () => process.exit(0));

async function act(request: GuestRequest): Promise<GuestAnswer> {
  switch (request.kind) {
    case 'listen':
      return request.protocol === 'tcp' ? listenTcp(request.port, request.host) : listenUdp(request.port);
    case 'connect':
      return request.protocol === 'tcp' ? connectTcp(request) : connectUdp(request);
    case 'say':
      return converse(kept.at(-1)!, request.timeoutMs);
  }
}

/** Says to each who calls from where it is seen to come; then repeats what it hears. */
async function listenTcp(port: number, host: string | undefined): Promise<GuestAnswer> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(`${socket.remoteAddress}\n`);
    socket.on('data', (data) => socket.write(data));
  });
  server.listen(port, host ?? '0.0.0.0');
  await once(server, 'listening');
  return { outcome: 'open', text: '' };
}

async function listenUdp(port: number): Promise<GuestAnswer> {
  const socket = createSocket('udp4');
  socket.on('message', (_message, from) => socket.send(from.address, from.port, from.address));
  socket.bind(port);
  await once(socket, 'listening');
  return { outcome: 'open', text: '' };
}

function connectTcp({ host, port, timeoutMs, localAddress, keep }: Extract<GuestRequest, { kind: 'connect' }>): Promise<GuestAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }) });
    const timer = setTimeout(() => finish({ outcome: 'timeout', text: '' }), timeoutMs);
    const finish = (answer: GuestAnswer): void => {
      clearTimeout(timer);
      if (keep === true && answer.outcome === 'open') kept.push(socket);
      else socket.destroy();
      resolve(answer);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => finish({ outcome: 'refused', text: error.code ?? error.message }));
    socket.once('data', (data) => finish({ outcome: 'open', text: data.toString().trim() }));
  });
}

function connectUdp({ host, port, timeoutMs }: Extract<GuestRequest, { kind: 'connect' }>): Promise<GuestAnswer> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => finish({ outcome: 'timeout', text: '' }), timeoutMs);
    const finish = (answer: GuestAnswer): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    socket.on('error', (error) => finish({ outcome: 'refused', text: error.message }));
    socket.on('message', (message) => finish({ outcome: 'open', text: message.toString() }));
    // Connected: else nobody is told that the other side refuses.
    socket.connect(port, host, () => socket.send('who am I'));
  });
}

function converse(socket: Socket, timeoutMs: number): Promise<GuestAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ outcome: 'timeout', text: '' }), timeoutMs);
    socket.once('data', (data) => {
      clearTimeout(timer);
      resolve({ outcome: 'open', text: data.toString() });
    });
    socket.write('still there?');
  });
}
