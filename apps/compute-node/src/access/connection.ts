import type { Socket } from 'node:net';
import { once } from 'node:events';
import { NoWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

/** Shows a connection. Throws NoWayIn when nobody listens. */
export async function openConnection(socket: Socket, port: number): Promise<WayIn> {
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new NoWayIn(`nothing in the instance takes connections at port ${port} (${(error as NodeJS.ErrnoException).code ?? 'closed'})`);
  }
  socket.on('error', () => socket.destroy());
  return { input: socket, output: socket, ended: Promise.resolve(0), leave: () => void socket.destroy() };
}
