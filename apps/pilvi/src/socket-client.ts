import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { adminSockets } from './cluster-paths.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';

/** A gateway that stands still is left for another one. */
const LEAVE_AFTER_MS = 5_000;

export const NOTHING_RUNS = 'no cluster runs on this data directory (start one with: npm start)';

export interface SocketAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** One JSON request over a Unix socket of the run directory. Throws CommandError `not-running` when nobody listens. */
export async function askSocket(socketPath: string, method: 'GET' | 'POST', path: string, timeoutMs = 60_000): Promise<SocketAnswer> {
  const { status, body } = await ask(socketPath, method, path, timeoutMs);
  return { status, body: body === '' ? undefined : JSON.parse(body) };
}

/** A text from such a socket. Throws CommandError `not-running`, or `refused` for any answer but a good one. */
export async function readSocket(socketPath: string, path: string, timeoutMs = 60_000): Promise<string> {
  const { status, body } = await ask(socketPath, 'GET', path, timeoutMs);
  if (status !== 200) throw new CommandError('refused', body === '' ? `answered ${String(status)}` : body.trimEnd());
  return body;
}

async function ask(socketPath: string, method: 'GET' | 'POST', path: string, timeoutMs: number): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = request({ socketPath, method, path, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
    text(response)
      .then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      })
      .catch(reject);
  });
  asked.once('error', reject).end();
  try {
    return await promise;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      throw new CommandError('not-running', NOTHING_RUNS, { cause: error });
    }
    throw error;
  }
}

/**
 * One JSON request to any gateway, the first one that answers. Throws CommandError `not-running` when none does. One that stands still is
 * left after a while when there is another, unless `patienceMs` says how long to wait.
 */
export async function askGateway(paths: ClusterPaths, method: 'GET' | 'POST', path: string, patienceMs?: number): Promise<SocketAnswer> {
  return withGateway(paths, patienceMs, (socket, timeoutMs) => askSocket(socket, method, path, timeoutMs));
}

/** A text from any gateway. Throws CommandError `not-running`, or `refused` for any answer but a good one. */
export async function readFromGateway(paths: ClusterPaths, path: string, patienceMs: number): Promise<string> {
  return withGateway(paths, patienceMs, (socket, timeoutMs) => readSocket(socket, path, timeoutMs));
}

async function withGateway<T>(
  paths: ClusterPaths,
  patienceMs: number | undefined,
  ask: (socket: string, timeoutMs: number | undefined) => Promise<T>,
): Promise<T> {
  const sockets = await adminSockets(paths);
  for (const [i, socket] of sockets.entries()) {
    const isLast = i === sockets.length - 1;
    try {
      return await ask(socket, patienceMs ?? (isLast ? undefined : LEAVE_AFTER_MS));
    } catch (error) {
      if (isLast) throw error;
    }
  }
  return askSocket(paths.controlSocket, 'GET', '/processes').then(() => {
    throw new CommandError('not-running', 'no gateway answers yet');
  });
}

/** The body of a good answer. Throws CommandError `refused` with the answer's message otherwise. */
export function bodyOf(answer: SocketAnswer): unknown {
  if (answer.status === 200) return answer.body;
  const message = (answer.body as { message?: string } | undefined)?.message;
  throw new CommandError('refused', message ?? `answered ${String(answer.status)}`);
}
