import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Serves `GET /_pilvi/health` on the loopback interface, for whoever starts the processes of a cluster and waits for them: 200 while `notReadyBecause`
 * answers an empty text, else 503 with that text. Port 0: any free one.
 */
export async function serveHealth(port: number, notReadyBecause: () => string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.url !== '/_pilvi/health') {
      response.writeHead(404).end();
      return;
    }
    const reason = notReadyBecause();
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

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
