import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { formatAddress, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import { TransportError } from './errors.ts';
import { checkSecurity } from './security.ts';
import type { Security } from './security.ts';
import { closeToOthers, prepareSocketPath } from './unix-socket.ts';

/** An HTTP server for the cluster's own: over TCP it answers nobody without a certificate of the cluster. */
export interface HttpListener extends AsyncDisposable {
  /** With the port that was given, where 0 was asked for. */
  readonly address: string;
}

/** Throws TransportError `bad-address`, `insecure`, `address-in-use`. */
export async function serveHttp(options: {
  readonly address: string;
  readonly security: Security;
  readonly handler: RequestListener;
}): Promise<HttpListener> {
  const address = parseAddress(options.address);
  checkSecurity(address, options.security);
  if (address.kind === 'unix') await prepareSocketPath(address.path);
  const server = createServer(address, options.security, options.handler);
  await listen(server, address);
  if (address.kind === 'unix') await closeToOthers(address.path);
  const port = address.kind === 'unix' ? 0 : (server.address() as AddressInfo).port;
  return {
    address: formatAddress(address.kind === 'unix' ? address : { ...address, port }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function createServer(address: Address, security: Security, handler: RequestListener): Server {
  if (address.kind === 'unix' || security.kind === 'unix') return createHttpServer(handler);
  const { ca, cert, key } = security;
  return createHttpsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, handler);
}

function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const text = formatAddress(address);
      reject(new TransportError('address-in-use', `cannot serve ${text}: ${cause.message}`, { details: { address: text }, cause }));
    });
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }, resolve);
  });
}
