import { request } from 'node:http';

/** One request over a Unix socket of the cluster's run directory; its JSON answer. */
export function askSocket(socketPath: string, method: 'GET' | 'POST', path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path, timeout: 60_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
