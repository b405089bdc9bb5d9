import type { Server, Socket } from 'node:net';
import { pipeline } from 'node:stream';

/** More connections at once than this are closed at once. */
const CONNECTIONS_LIMIT = 1024;

/** Where our own S3 and EC2 API is reached from inside instances. */
export interface Endpoint {
  /** "pilvi.internal": it and every name below lead here, so that buckets may be part of the name. */
  readonly name: string;
  readonly port: number;
  /** Opens a connection to the gateway's public port. */
  connect(): Socket;
}

/** Passes each connection of an instance on, byte by byte. */
export function relayEndpoint(listener: Server, endpoint: Endpoint): void {
  let connections = 0;
  listener.on('connection', (inner: Socket) => {
    if (connections >= CONNECTIONS_LIMIT) {
      inner.destroy();
      return;
    }
    connections++;
    const outer = endpoint.connect();
    inner.on('close', () => connections--);
    // Either end's error or close ends both: a pipeline destroys its streams.
    pipeline(inner, outer, () => outer.destroy());
    pipeline(outer, inner, () => inner.destroy());
    inner.resume();
  });
}
