import { spawn } from 'node:child_process';
import { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NetworkError } from './errors.ts';
import { namespacePath } from './names.ts';

/** Sockets of this process in the router's namespace. */
export interface RouterSockets {
  readonly metadata: Server;
  readonly names: Server;
  readonly namesUdp: DatagramSocket;
  readonly endpoint: Server | undefined;
  close(): void;
}

const CHILD = fileURLToPath(new URL('router-sockets-child.ts', import.meta.url));

/** Node cannot enter a namespace, but a child that is started in one can hand its sockets over. */
export async function openRouterSockets(router: string, endpointPort: number | undefined): Promise<RouterSockets> {
  const child = spawn('nsenter', [`--net=${namespacePath(router)}`, process.execPath, CHILD, String(endpointPort ?? 0)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const sockets = new Map<string, unknown>();
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
  child.on('message', (name: string, socket: unknown) => sockets.set(name, socket));
  await once(child, 'close');
  const close = (): void => {
    for (const socket of sockets.values()) if (socket instanceof Server || socket instanceof DatagramSocket) socket.close();
  };
  const [metadata, names, namesUdp, endpoint] = ['metadata', 'names', 'names-udp', 'endpoint'].map((name) => sockets.get(name));
  if (!(metadata instanceof Server && names instanceof Server && namesUdp instanceof DatagramSocket)) {
    close();
    throw new NetworkError('command-failed', `the router's sockets could not be opened: ${complaint.trim()}`);
  }
  return { metadata, names, namesUdp, endpoint: endpoint instanceof Server ? endpoint : undefined, close };
}
