import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const BETWEEN_TRIES_MS = 100;

/** One connection to a server that says everything back, held open as long as it lasts. */
export interface EchoLine extends Disposable {
  /** Rejects when the connection has ended, or nothing comes back in time. */
  say(words: string, withinMs: number): Promise<void>;
}

/** Tries until something listens. */
export async function openEchoLine(host: string, port: number, withinMs: number): Promise<EchoLine> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const socket = connect(port, host);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(Math.max(1, Math.min(1_000, untilMs - Date.now()))) });
      return echoLine(socket);
    } catch (error) {
      socket.destroy();
      if (Date.now() > untilMs) throw new Error(`nothing listens at ${host}:${port}`, { cause: error });
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}

function echoLine(socket: Socket): EchoLine {
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  // Told by what is said next.
  socket.on('error', () => undefined);
  return {
    async say(words, withinMs) {
      const untilMs = Date.now() + withinMs;
      heard = '';
      socket.write(`${words}\n`);
      while (!heard.includes(`${words}\n`)) {
        if (socket.destroyed || Date.now() > untilMs)
          throw new Error(`"${words}" was not said back: ${socket.destroyed ? 'the connection ended' : 'too late'}`);
        await sleep(20);
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
