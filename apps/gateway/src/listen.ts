import type { Server } from 'node:http';

/** Resolves when it listens; rejects when it cannot. */
export function listen(server: Server, where: { host: string; port: number } | { path: string } | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
