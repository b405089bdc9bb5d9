import type { Server } from 'node:http';

/** A connection whose last request ended meanwhile is closed soon. */
const IDLE_LOOK_MS = 50;

/** Takes no new connection, lets what is under way end within `boundMs`, then ends it. */
export function drain(server: Server, boundMs: number): Promise<void> {
  return new Promise((resolve) => {
    const bound = setTimeout(() => {
      server.closeAllConnections();
    }, boundMs);
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, IDLE_LOOK_MS);
    server.close(() => {
      clearTimeout(bound);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
