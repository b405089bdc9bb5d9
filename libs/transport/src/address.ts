import { TransportError } from './errors.ts';

/** Bytes of a Unix socket's path: sun_path holds 108 with the final zero (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Where a process serves gRPC. The text decides the transport (DESIGN 4): there is no plain TCP. */
export type Address =
  { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Parses `unix:/path` or `host:port` (`[::1]:port` for IPv6). Throws TransportError `bad-address` or `path-too-long`. */
export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return { kind: 'unix', path: checkedPath(text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '')) };
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535) {
    throw new TransportError('bad-address', `"${text}" is no address: write unix:/path/to/socket or host:port`, {
      details: { address: text },
    });
  }
  return { kind: 'tcp', host, port };
}

/** The opposite of `parseAddress`. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case 'unix':
      return `unix:${address.path}`;
    case 'tcp':
      return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  }
}

function checkedPath(path: string): string {
  if (!path.startsWith('/'))
    throw new TransportError('bad-address', `the socket path "${path}" must be absolute`, { details: { address: path } });
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw new TransportError(
      'path-too-long',
      `the socket path ${path} has ${bytes} bytes, and the system allows ${MAX_SOCKET_PATH_BYTES}: choose a shorter directory`,
      { details: { address: path } },
    );
  }
  return path;
}
