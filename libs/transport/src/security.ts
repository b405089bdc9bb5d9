import { credentials, ServerCredentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Address } from './address.ts';
import { TransportError } from './errors.ts';

/** How two processes know each other: by the file system's permissions, or by certificates of the cluster's authority. */
export type Security = UnixSecurity | TlsSecurity;

export interface UnixSecurity {
  readonly kind: 'unix';
}

/** PEM texts. */
export interface TlsSecurity {
  readonly kind: 'tls';
  /** The cluster authority: the other side's certificate must be signed by it. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Every certificate of a cluster carries this name; clients insist on it, whatever address they dial. */
export const CLUSTER_SERVER_NAME = 'node.pilvi.internal';

/** Throws TransportError `insecure` where an address would be served or dialled without protection. */
export function checkSecurity(address: Address, security: Security): void {
  if (address.kind === 'tcp' && security.kind !== 'tls') {
    throw new TransportError(
      'insecure',
      `${address.host}:${address.port} is TCP, and Pilvi speaks TCP with mutual TLS only: give certificates, or use a unix: address`,
    );
  }
}

/** Mutual TLS for TCP; the socket's permissions for `unix:`. */
export function serverCredentials(address: Address, security: Security): ServerCredentials {
  checkSecurity(address, security);
  if (address.kind === 'unix' || security.kind === 'unix') return ServerCredentials.createInsecure();
  return withCertificates(() =>
    ServerCredentials.createSsl(
      Buffer.from(security.ca),
      [{ private_key: Buffer.from(security.key), cert_chain: Buffer.from(security.cert) }],
      true,
    ),
  );
}

export function channelCredentials(address: Address, security: Security): ChannelCredentials {
  checkSecurity(address, security);
  if (address.kind === 'unix' || security.kind === 'unix') return credentials.createInsecure();
  return withCertificates(() => credentials.createSsl(Buffer.from(security.ca), Buffer.from(security.key), Buffer.from(security.cert)));
}

function withCertificates<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new TransportError('bad-certificate', `the certificates cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
