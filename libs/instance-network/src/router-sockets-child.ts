// Runs for a moment inside the router's namespace: binds the sockets there, hands them to the process that started it, and ends. A socket stays in
// the namespace in which it was made, whoever holds it.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { ENDPOINT_ADDRESS, METADATA_ADDRESS, METADATA_PORT, NAMES_ADDRESS, NAMES_PORT } from './well-known.ts';

const endpointPort = Number(process.argv[2] ?? '0');

await hand('metadata', await listening(METADATA_ADDRESS, METADATA_PORT));
await hand('names', await listening(NAMES_ADDRESS, NAMES_PORT));
if (endpointPort !== 0) await hand('endpoint', await listening(ENDPOINT_ADDRESS, endpointPort));
const socket = createSocket('udp4');
socket.bind(NAMES_PORT, NAMES_ADDRESS);
await once(socket, 'listening');
await hand('names-udp', socket);
process.exit(0);

async function listening(host: string, port: number): Promise<Server> {
  const server = createServer({ pauseOnConnect: true });
  server.listen({ host, port, backlog: 1024 });
  await once(server, 'listening');
  return server;
}

function hand(name: string, socket: Server | Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(name, socket, {}, (error) => (error === null ? resolve() : reject(error)));
  });
}
