import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { CommandError } from './command-error.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * How other `pilvi` commands reach a running `up`: HTTP over a Unix socket in the run directory, so its owner alone can.
 * `GET /processes`; `POST /processes/NAME/start|stop|kill`.
 */
export async function serveControl(socketPath: string, supervisor: Supervisor): Promise<Server> {
  await rm(socketPath, { force: true });
  const server = createServer((request, response) => void answer(request, response, supervisor));
  await once(server.listen(socketPath), 'listening');
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, supervisor: Supervisor): Promise<void> {
  try {
    send(response, 200, await act(request, supervisor));
  } catch (error) {
    send(response, error instanceof CommandError ? 409 : 500, { message: (error as Error).message });
  }
}

async function act(request: IncomingMessage, supervisor: Supervisor): Promise<unknown> {
  const [, collection, name, verb] = (request.url ?? '').split('/').map(decodeURIComponent);
  if (request.method === 'GET' && request.url === '/processes') return supervisor.reports();
  if (request.method === 'POST' && collection === 'processes' && name !== undefined) {
    if (verb === 'start') return supervisor.start(name);
    if (verb === 'stop') return supervisor.stop(name);
    if (verb === 'kill') return supervisor.kill(name);
  }
  throw new CommandError('refused', `no such control request: ${String(request.method)} ${String(request.url)}`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
