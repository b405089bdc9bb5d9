import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterMap, ClusterMapSource, Incarnation } from '@pilvi/cluster-map';

/** What is asked about this node's health. */
export interface HealthComponents {
  readonly maps: ClusterMapSource;
  readonly self: Incarnation;
}

/**
 * Serves `GET /_pilvi/health` on the loopback interface: 200 while this node holds in sync all that it should. Who restarts the nodes of a
 * cluster one after the other waits for it (L4).
 */
export async function serveHealth(port: number, { maps, self }: HealthComponents): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.url !== '/_pilvi/health') {
      response.writeHead(404).end();
      return;
    }
    const reason = notReadyBecause(maps.current(), self);
    const ready = reason === '';
    response.writeHead(ready ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: ready ? 'ok' : 'unavailable', reason }));
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Empty when it is ready: a member of the cluster, and in sync for every partition that it should hold. Pure. */
export function notReadyBecause(map: ClusterMap | undefined, self: Incarnation): string {
  if (map === undefined) return 'waiting for a gateway';
  if (!map.members.has(self)) return 'not yet a member of the cluster';
  if (map.partitions.every((config) => config === undefined)) return 'the cluster waits for its first nodes';
  const behind = map.partitions.filter((config) => config?.replicas.includes(self) === true && !config.inSync.includes(self)).length;
  return behind === 0 ? '' : `catching up with ${String(behind)} partitions`;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
