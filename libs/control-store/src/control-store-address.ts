import { ControlStoreError } from './errors.ts';

/** Which engine keeps the control data. */
export type ControlStoreAddress =
  { readonly kind: 'embedded' } | { readonly kind: 'etcd'; readonly endpoints: readonly string[]; readonly cluster: string };

/** The name under which a cluster's keys lie in etcd, where none is given. */
const DEFAULT_CLUSTER = 'default';

/**
 * Parses `embedded`, or `etcd://host:port,host:port` with every member, and `/name` behind it where one etcd serves several clusters.
 * Throws ControlStoreError `bad-address`.
 */
export function parseControlStoreAddress(text: string): ControlStoreAddress {
  if (text === 'embedded') return { kind: 'embedded' };
  const parts = /^etcd:\/\/([^/]+)(?:\/([\w.-]+)?)?$/.exec(text);
  const endpoints = (parts?.[1] ?? '').split(',').map((endpoint) => endpoint.trim());
  if (parts === null || !endpoints.every(isHostAndPort)) {
    throw new ControlStoreError('bad-address', `"${text}" is no control store: write embedded, or etcd://host:port,host:port`);
  }
  return { kind: 'etcd', endpoints, cluster: parts[2] ?? DEFAULT_CLUSTER };
}

/** The opposite of `parseControlStoreAddress`. */
export function formatControlStoreAddress(address: ControlStoreAddress): string {
  switch (address.kind) {
    case 'embedded':
      return 'embedded';
    case 'etcd':
      return `etcd://${address.endpoints.join(',')}${address.cluster === DEFAULT_CLUSTER ? '' : `/${address.cluster}`}`;
  }
}

function isHostAndPort(text: string): boolean {
  return /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/.test(text);
}
