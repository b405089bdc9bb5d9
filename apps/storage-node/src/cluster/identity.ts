import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { incarnation } from '@pilvi/cluster-map';
import type { Incarnation } from '@pilvi/cluster-map';
import { writeFileAtomic } from '@pilvi/runtime';
import type { Random } from '@pilvi/runtime';

export const IDENTITY_FILE = 'identity.json';
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
  /** Its log was never begun: what is missing beside it is no loss. */
  readonly isNew: boolean;
  /** It was once in sync with everything that it should hold. */
  readonly wasWhole: boolean;
}

/** Reads the identity of a data directory; undefined when there is none. Throws when the file is damaged or of another version. */
export async function readIdentity(directory: string): Promise<Identity | undefined> {
  const text = await readFile(join(directory, IDENTITY_FILE), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseIdentity(text);
}

/** Gives the directory a new incarnation: it rejoins as an empty replica (D2, C6). */
export async function renewIdentity(directory: string, random: Random, clusterId: string): Promise<Identity> {
  const identity: Identity = { incarnation: incarnation(random.hex(8)), clusterId, isNew: true, wasWhole: false };
  await saveIdentity(directory, identity);
  return identity;
}

export async function saveIdentity(directory: string, identity: Identity): Promise<void> {
  const fields = { formatVersion: FORMAT_VERSION, ...identity };
  await writeFileAtomic(join(directory, IDENTITY_FILE), `${JSON.stringify({ ...fields, crc32: crc32(JSON.stringify(fields)) })}\n`, {
    mode: 0o600,
  });
}

/** Throws for a file that this version did not write. */
function parseIdentity(text: string): Identity {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('identity.json holds no object');
  const { crc32: checksum, ...fields } = value as Record<string, unknown>;
  // Before the version, which may be the damage.
  if (checksum !== undefined && checksum !== crc32(JSON.stringify(fields))) throw new Error('identity.json does not have its checksum');
  const { formatVersion, incarnation: id, clusterId, isNew = false, wasWhole = true } = fields;
  if (formatVersion !== FORMAT_VERSION)
    throw new UnknownIdentityFormat(`identity.json has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  if (typeof id !== 'string' || id === '' || typeof clusterId !== 'string') throw new Error('identity.json is damaged');
  return { incarnation: incarnation(id), clusterId, isNew: isNew === true, wasWhole: wasWhole === true };
}
