import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation } from '@pilvi/cluster-map';
import { writeFileAtomic } from '@pilvi/runtime';
import type { Random } from '@pilvi/runtime';

const FILE = 'identity.json';
const FORMAT_VERSION = 1;

/** The identity was written by another version: refused, not misread. */
export class UnknownIdentityFormat extends Error {
  override readonly name = 'UnknownIdentityFormat';
}

/** Who this disk is (C6): a random incarnation id, and the cluster it belongs to once it has joined one. */
export interface Identity {
  readonly incarnation: Incarnation;
  /** Empty before the first join. */
  readonly clusterId: string;
}

/** Reads the identity of a data directory, or makes one for an empty directory. Throws when the file is damaged or of another version. */
export async function openIdentity(directory: string, random: Random): Promise<Identity> {
  const text = await readFile(join(directory, FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return renewIdentity(directory, random, '');
  return parseIdentity(text);
}

/** Gives the directory a new incarnation: it rejoins as an empty replica (D2, C6). */
export async function renewIdentity(directory: string, random: Random, clusterId: string): Promise<Identity> {
  const identity: Identity = { incarnation: incarnation(random.hex(8)), clusterId };
  await saveIdentity(directory, identity);
  return identity;
}

export async function saveIdentity(directory: string, identity: Identity): Promise<void> {
  await writeFileAtomic(join(directory, FILE), `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...identity })}\n`, { mode: 0o600 });
}

/** Throws for a file that this version did not write. */
function parseIdentity(text: string): Identity {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('identity.json holds no object');
  const { formatVersion, incarnation: id, clusterId } = value as Record<string, unknown>;
  if (formatVersion !== FORMAT_VERSION)
    throw new UnknownIdentityFormat(`identity.json has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  if (typeof id !== 'string' || id === '' || typeof clusterId !== 'string') throw new Error('identity.json is damaged');
  return { incarnation: incarnation(id), clusterId };
}
