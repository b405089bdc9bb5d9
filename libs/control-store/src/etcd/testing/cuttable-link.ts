import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { parseAddress } from '@pilvi/transport';

/** A TCP way to an address that can be cut, and mended. */
export interface CuttableLink extends AsyncDisposable {
  readonly address: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): void;
  mend(): void;
}

export async function openCuttableLink(to: string): Promise<CuttableLink> {
  const target = parseAddress(to);
  if (target.kind !== 'tcp') throw new Error('only TCP can be cut');
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: target.host, port: target.port });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    cut,
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
