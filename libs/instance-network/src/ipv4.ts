import { isIPv4 } from 'node:net';
import { NetworkError } from './errors.ts';

/** An address as a number. Throws NetworkError `invalid`. */
export function addressNumber(address: string): number {
  if (!isIPv4(address)) throw new NetworkError('invalid', `"${address}" is not an IPv4 address`);
  return address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

export interface Cidr {
  /** Lowest address. */
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** "10.201.0.0/20". Bits behind the prefix must be zero. Throws NetworkError `invalid`. */
export function parseCidr(text: string): Cidr {
  const [address, length, ...rest] = text.split('/');
  const prefix = Number(length);
  if (length === undefined || !/^\d{1,2}$/.test(length) || prefix > 32 || rest.length > 0) {
    throw new NetworkError('invalid', `"${text}" is not a range of IPv4 addresses`);
  }
  const first = addressNumber(address!);
  const size = 2 ** (32 - prefix);
  if (first % size !== 0) throw new NetworkError('invalid', `"${text}" has bits behind its prefix`);
  return { first, last: first + size - 1, prefix };
}

export function contains(cidr: Cidr, address: string): boolean {
  const number = addressNumber(address);
  return number >= cidr.first && number <= cidr.last;
}

/** The range that an address with a prefix length lies in: ("192.0.2.7", 24) gives "192.0.2.0/24". */
export function networkOf(address: string, prefix: number): string {
  const size = 2 ** (32 - prefix);
  return `${addressText(Math.floor(addressNumber(address) / size) * size)}/${prefix}`;
}
