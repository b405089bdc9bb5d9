import { ControlStoreError } from './errors.ts';

/**
 * The store keeps its own facts among the keys, so that they are as durable as all others: its leases,
 * and the mirrors that a commit needs. Their names begin with a byte that no path begins with; no range and no watch shows them.
 */
const RESERVED = '\u0000';
const LEASE_PREFIX = `${RESERVED}lease/`;
/** The mirrors whose copies count (E1). */
export const MIRRORS_KEY = `${RESERVED}mirrors`;
/** Where the keys of users begin. */
export const FIRST_USER_KEY = '\u0001';

const FORMAT_VERSION = 1;

export function isReserved(key: string): boolean {
  return key.startsWith(RESERVED);
}

export function leaseKey(lease: number): string {
  return LEASE_PREFIX + lease.toString(16).padStart(14, '0');
}

/** The lease a key is the record of. */
export function leaseOf(key: string): number | undefined {
  return key.startsWith(LEASE_PREFIX) ? Number.parseInt(key.slice(LEASE_PREFIX.length), 16) : undefined;
}

export function encodeLease(ttlMs: number): Buffer {
  return Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, ttlMs }));
}

export function decodeLease(value: Buffer): number {
  return (parse(value) as { ttlMs: number }).ttlMs;
}

/** Which mirrors count, and which sets counted before while it is not certain that this one does. */
export interface MirrorsRecord {
  readonly required: readonly string[];
  readonly before: readonly (readonly string[])[];
}

export function encodeMirrors({ required, before }: MirrorsRecord): Buffer {
  return Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, required, before }));
}

export function decodeMirrors(value: Buffer): MirrorsRecord {
  const { required, before } = parse(value) as MirrorsRecord;
  return { required, before };
}

function parse(value: Buffer): unknown {
  const record = JSON.parse(value.toString()) as { formatVersion: number };
  if (record.formatVersion !== FORMAT_VERSION) {
    throw new ControlStoreError(
      'unavailable',
      `the control store holds a record of format ${String(record.formatVersion)}; this version reads ${String(FORMAT_VERSION)}`,
    );
  }
  return record;
}
