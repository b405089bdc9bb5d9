import { createHash } from 'node:crypto';

/** Where `ip netns` keeps namespaces. */
const NAMESPACE_DIRECTORY = '/run/netns';

/** All names of what one node makes. They derive from the node's id, so that its next process finds what this one left. */
export interface NetworkNames {
  /** The router's namespace; prefix of all instances' ones. */
  readonly router: string;
  /** The host's end of the router's uplink. */
  readonly uplink: string;
  /** The host's nftables table. */
  readonly hostTable: string;
}

/** The router's end of its uplink, in its namespace. */
export const ROUTER_UPLINK = 'uplink0';
/** What every uplink's name begins with, whichever node's it is. */
export const UPLINK_PREFIX = 'pilvi-';

export function networkNames(nodeId: string): NetworkNames {
  const tag = createHash('sha256').update(nodeId).digest('hex').slice(0, 8);
  return { router: `pilvi-${tag}`, uplink: `${UPLINK_PREFIX}${tag}`, hostTable: `pilvi-${tag}` };
}

export function instanceNamespace(names: NetworkNames, instanceId: string): string {
  return `${names.router}-${instanceId}`;
}

export function namespacePath(namespace: string): string {
  return `${NAMESPACE_DIRECTORY}/${namespace}`;
}

/** Which instance a namespace is for; undefined: it is none of this node's. */
export function instanceOfNamespace(names: NetworkNames, namespace: string): string | undefined {
  const prefix = `${names.router}-i-`;
  return namespace.startsWith(prefix) ? namespace.slice(names.router.length + 1) : undefined;
}

/** The router's end of an instance's link. 15 characters are all that the kernel takes; instance ids are random, and their ends differ. */
export function instanceLink(instanceId: string): string {
  return `v${instanceId.slice(-14)}`;
}
