/** An IPv4 network. */
export interface Network {
  readonly base: number;
  readonly prefixLength: number;
}

/** `10.0.0.0/16`; undefined when the text is none, or has bits beyond its prefix set. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const base = parseAddress(address);
  if (more.length > 0 || base === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  const prefixLength = Number(length);
  return base % sizeOf({ base, prefixLength }) === 0 ? { base, prefixLength } : undefined;
}

/** The network that an address and a prefix length name, whatever bits are set beyond it. */
export function networkOf(text: string): string | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const value = parseAddress(address);
  if (more.length > 0 || value === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  const size = sizeOf({ base: 0, prefixLength: Number(length) });
  return `${formatAddress(Math.floor(value / size) * size)}/${Number(length)}`;
}

export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export function sizeOf({ prefixLength }: Network): number {
  return 2 ** (32 - prefixLength);
}

export function contains(network: Network, address: number): boolean {
  return address >= network.base && address < network.base + sizeOf(network);
}

/** The n-th network of this length inside; undefined beyond the end. */
export function subnetAt(network: Network, prefixLength: number, index: number): string | undefined {
  const size = sizeOf({ base: 0, prefixLength });
  return (index + 1) * size > sizeOf(network) ? undefined : `${formatAddress(network.base + index * size)}/${prefixLength}`;
}

/** As AWS: the network's own address, the router, the name server and one more at the start, the broadcast address at the end. */
export const RESERVED_AT_START = 4;
const RESERVED_AT_END = 1;

/** The lowest address for a guest that is not taken; undefined when all are. */
export function freeAddress(network: Network, isTaken: (address: string) => boolean): string | undefined {
  for (let i = RESERVED_AT_START; i < sizeOf(network) - RESERVED_AT_END; i++) {
    const address = formatAddress(network.base + i);
    if (!isTaken(address)) return address;
  }
  return undefined;
}

/** Whether a guest may have it. */
export function isGuestAddress(network: Network, address: number): boolean {
  const offset = address - network.base;
  return offset >= RESERVED_AT_START && offset < sizeOf(network) - RESERVED_AT_END;
}

/** Addresses that guests of a network may have altogether. */
export function guestAddresses(network: Network): number {
  return sizeOf(network) - RESERVED_AT_START - RESERVED_AT_END;
}

/** A locally administered MAC address, made of the guest's address: unique where that is. */
export function macOf(address: string): string {
  const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '50', ...hex].join(':');
}
