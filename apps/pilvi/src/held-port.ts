import net from 'node:net';

/**
 * A TCP port that is kept while the process that serves it is started again: connections made meanwhile wait in the kernel's queue and are served
 * by the next process, where they would be refused otherwise, and clients would give up after their few tries.
 */
export interface HeldPort {
  /** To be passed on as an inherited descriptor; the child calls `listen` on it. */
  readonly fd: number;
  close(): void;
}

interface ServerHandle {
  readonly fd: number;
  getsockname(out: { port?: number }): number;
  close(): void;
}

/**
 * Binds without accepting, which `node:net` offers only inside: this is how `node:cluster` makes the socket that its workers share.
 * Undefined where that is missing or the port cannot be had: the process then opens the port itself, and says what is wrong.
 */
export function holdPort(bind: string, port: number): HeldPort | undefined {
  const { _createServerHandle: create } = net as typeof net & {
    _createServerHandle?: (address: string, port: number, family: 4 | 6) => ServerHandle | number;
  };
  const family = net.isIP(bind);
  if (create === undefined || family === 0) return undefined;
  const handle = create(bind, port, family === 4 ? 4 : 6);
  if (typeof handle === 'number') return undefined;
  // A port in use is told only by `listen`; until then the socket is bound to nothing, and would be given any port.
  const bound: { port?: number } = {};
  handle.getsockname(bound);
  if (handle.fd < 0 || bound.port !== port) {
    handle.close();
    return undefined;
  }
  return { fd: handle.fd, close: () => handle.close() };
}
