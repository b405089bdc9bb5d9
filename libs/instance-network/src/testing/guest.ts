import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

export type GuestRequest =
  | { readonly kind: 'listen'; readonly protocol: 'tcp' | 'udp'; readonly port: number; readonly host?: string }
  | {
      readonly kind: 'connect';
      readonly protocol: 'tcp' | 'udp';
      readonly host: string;
      readonly port: number;
      readonly timeoutMs: number;
      readonly localAddress?: string;
      readonly keep?: boolean;
    }
  /** Over the connection that was kept. */
  | { readonly kind: 'say'; readonly timeoutMs: number };

export interface GuestAnswer {
  readonly outcome: 'open' | 'refused' | 'timeout' | 'error';
  /** As which address the other side sees us, or what went wrong. */
  readonly text: string;
}

/** How long is waited for what should come, and for what should not. */
const PATIENCE_MS = 15_000;
export const IMPATIENCE_MS = 500;

/** A program inside a namespace. */
export interface Guest extends AsyncDisposable {
  listen(protocol: 'tcp' | 'udp', port: number, host?: string): Promise<void>;
  /** The address that the other side sees; fails unless it answers. */
  reach(protocol: 'tcp' | 'udp', host: string, port: number, options?: { localAddress?: string; keep?: boolean }): Promise<string>;
  /** What came of it within a short while. */
  attempt(protocol: 'tcp' | 'udp', host: string, port: number, options?: { localAddress?: string }): Promise<GuestAnswer['outcome']>;
  /** Whether the connection that was kept still carries. */
  isHeard(timeoutMs?: number): Promise<boolean>;
}

const CHILD = fileURLToPath(new URL('guest-child.ts', import.meta.url));

/** In the namespace of this path; undefined: on the host. */
export function startGuest(namespacePath?: string): Guest {
  const child: ChildProcess =
    namespacePath === undefined
      ? fork(CHILD)
      : spawn('ip', ['netns', 'exec', basename(namespacePath), process.execPath, CHILD], {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        });
  const waiting = new Map<number, (answer: GuestAnswer) => void>();
  let last = 0;
  child.on('exit', () => waiting.forEach((settle) => settle({ outcome: 'error', text: 'the guest ended' })));
  child.on('message', (answer: GuestAnswer & { id: number }) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  function ask(request: GuestRequest): Promise<GuestAnswer> {
    return new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, resolve);
      child.send({ id, ...request }, (error) => error !== null && reject(error));
    });
  }
  return {
    async listen(protocol, port, host) {
      const answer = await ask({ kind: 'listen', protocol, port, ...(host !== undefined && { host }) });
      if (answer.outcome !== 'open') throw new Error(`cannot listen on ${port}: ${answer.text}`);
    },
    async reach(protocol, host, port, options) {
      const answer = await ask({ kind: 'connect', protocol, host, port, timeoutMs: PATIENCE_MS, ...options });
      if (answer.outcome !== 'open') throw new Error(`${host}:${port} is not reached: ${answer.outcome} ${answer.text}`);
      return answer.text;
    },
    attempt: async (protocol, host, port, options) =>
      (await ask({ kind: 'connect', protocol, host, port, timeoutMs: IMPATIENCE_MS, ...options })).outcome,
    isHeard: async (timeoutMs = PATIENCE_MS) => (await ask({ kind: 'say', timeoutMs })).outcome === 'open',
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
