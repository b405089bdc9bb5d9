import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { CommandError } from './command-error.ts';

/** Throws CommandError `port-in-use` (or `bad-setting` when the address itself is no good) unless the port can be listened on now. */
export async function checkPortFree(bind: string, port: number): Promise<void> {
  try {
    await listenOnce(bind, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      throw new CommandError('port-in-use', `port ${String(port)} on ${bind} is in use. Stop what uses it, or set PILVI_PORT.`, {
        cause: error,
      });
    }
    throw new CommandError('bad-setting', `cannot listen on ${bind}:${String(port)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Ports of the loopback interface that were free a moment ago, all different. */
export async function freeLoopbackPorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    for (const server of servers) server.close();
  }
}

async function listenOnce(bind: string, port: number): Promise<void> {
  const server = createServer();
  await once(server.listen({ host: bind, port, exclusive: true }), 'listening');
  await once(server.close(), 'close');
}
