import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { CommandError } from '../command-error.ts';
import type { Config } from '../config.ts';
import { openAccess } from './open-access.ts';
import type { Access } from './open-access.ts';

export interface Forwarding {
  readonly localPort: number;
  readonly remotePort: number;
}

/**
 * `pilvi forward i-... 8080:80`: connections to a port of this machine's loopback interface go to one inside the instance. Serves until `signal` aborts.
 * Throws CommandError when the port is taken.
 */
export async function forward(
  config: Config,
  instanceId: string,
  { localPort, remotePort }: Forwarding,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  await using access = await openAccess(config);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    carry(access, instanceId, remotePort, socket).catch((error: unknown) => {
      say(error instanceof CommandError ? error.message : String(error));
      socket.destroy();
    });
  });
  server.listen(localPort, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError('refused', `port ${String(localPort)} of 127.0.0.1: ${(error as Error).message}`, { cause: error });
  }
  say(`127.0.0.1:${String((server.address() as AddressInfo).port)} goes to port ${String(remotePort)} of ${instanceId}, until Ctrl-C`);
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  for (const socket of sockets) socket.destroy();
}

async function carry(access: Access, instanceId: string, port: number, socket: Socket): Promise<void> {
  const way = access.open({ instanceId, what: { $case: 'connection', value: { port } } });
  socket.once('close', () => {
    way.cancel();
  });
  socket.on('error', () => undefined);
  try {
    await way.carry({ input: socket, output: socket, errors: socket });
    socket.end();
  } catch (error) {
    if (!socket.destroyed) throw error;
  }
}

/** Throws CommandError `bad-setting` unless it is `8080:80`, or `80` for the same port on both sides; 0 takes a free one. */
export function parseForwarding(text: string): Forwarding {
  const [, local, remote = local] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  const [localPort, remotePort] = [Number(local), Number(remote)];
  if (local === undefined || localPort > 65_535 || remotePort < 1 || remotePort > 65_535)
    throw new CommandError('bad-setting', `write 8080:80 (a port here, a port in the instance), not "${text}"`);
  return { localPort, remotePort };
}
