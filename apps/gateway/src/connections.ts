import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

const LOOK_EVERY_MS = 50;
/** A client that has just been answered may have sent its next request already: an idle connection is closed after this time only. */
const LINGER_MS = 1_000;

interface Connection {
  readonly answering: Set<ServerResponse>;
  idleSinceMs: number;
}

/** The connections of an HTTP server, for a stop that no client notices (L4). */
export interface Connections {
  /** To be called first for every request. */
  began(request: IncomingMessage, response: ServerResponse): void;
  /** From now on each connection ends with its next answer. */
  retire(): void;
  /** Takes no new connection, and lets what is under way end within `boundMs`; then cuts it. */
  drain(boundMs: number): Promise<void>;
}

export function watchConnections(server: Server): Connections {
  const connections = new Map<Socket, Connection>();
  let retiring = false;
  const attend = (socket: Socket): Connection => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection = { answering: new Set<ServerResponse>(), idleSinceMs: performance.now() };
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    return connection;
  };
  // Over TLS requests come on the socket inside: the one around it never looks busy.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', attend);

  function retire(): void {
    retiring = true;
    for (const { answering } of connections.values()) for (const response of answering) endsConnection(response);
  }

  function closeIdle(): void {
    for (const [socket, { answering, idleSinceMs }] of connections)
      if (answering.size === 0 && performance.now() - idleSinceMs > LINGER_MS) socket.destroy();
  }

  return {
    began({ socket }, response) {
      if (retiring) endsConnection(response);
      const connection = attend(socket);
      connection.answering.add(response);
      response.once('close', () => {
        connection.answering.delete(response);
        connection.idleSinceMs = performance.now();
      });
    },
    retire,
    async drain(boundMs) {
      retire();
      const bound = setTimeout(() => {
        server.closeAllConnections();
      }, boundMs);
      const idle = setInterval(closeIdle, LOOK_EVERY_MS);
      await new Promise<void>((resolve) => {
        // As a plain server: the one of HTTP cuts idle connections at once.
        NetServer.prototype.close.call(server, () => {
          resolve();
        });
      });
      clearTimeout(bound);
      clearInterval(idle);
    },
  };
}

function endsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
}
