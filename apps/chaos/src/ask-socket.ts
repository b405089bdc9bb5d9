import { request } from 'node:http';
import { json } from 'node:stream/consumers';

/** A stopped process never answers. */
const PATIENCE_MS = 60_000;

/** One request over a Unix socket of the cluster's run directory; its JSON answer. Throws when none comes within a minute. */
export function askSocket(socketPath: string, method: 'GET' | 'POST', path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      json(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}
