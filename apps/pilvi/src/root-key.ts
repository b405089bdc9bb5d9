import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { readJson, writeJson } from './data-directory.ts';

/** The root account's access key. */
export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The key in force: the environment's, else the kept one, else a new one. Kept in `<data dir>/root-key.json`, mode 0600, for `pilvi env`. */
export async function ensureRootKey(config: Pick<Config, 'dataDir' | 'rootKey'>): Promise<RootKey> {
  const kept = await readKeyFile(keyFile(config.dataDir));
  const key = config.rootKey ?? kept ?? generateRootKey();
  await keepRootKey(config.dataDir, key);
  return key;
}

/** Whether the next `ensureRootKey` makes one. */
export async function isRootKeyMissing(config: Pick<Config, 'dataDir' | 'rootKey'>): Promise<boolean> {
  return config.rootKey === undefined && (await readKeyFile(keyFile(config.dataDir))) === undefined;
}

/** Writes the key to a directory that does not have it. */
export async function keepRootKey(dir: string, key: RootKey): Promise<void> {
  const kept = await readKeyFile(keyFile(dir));
  if (key.accessKeyId !== kept?.accessKeyId || key.secretAccessKey !== kept.secretAccessKey) await writeJson(keyFile(dir), key);
}

/** Undefined when there is none. */
export async function readKeyFile(file: string): Promise<RootKey | undefined> {
  const kept = (await readJson(file)) as Partial<RootKey> | undefined;
  if (kept === undefined) return undefined;
  const { accessKeyId, secretAccessKey } = kept;
  if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string') return { accessKeyId, secretAccessKey };
  throw new CommandError('bad-setting', `${file} is not a key file`);
}

/** Where `pilvi up` keeps it. */
export function keyFile(dataDir: string): string {
  return join(dataDir, 'root-key.json');
}

/** Of AWS's form: 20 characters that begin with AKIA, and 40 characters of base64. */
function generateRootKey(): RootKey {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const id = Array.from(randomBytes(16), (byte) => alphabet[byte % alphabet.length]).join('');
  // No slash or plus: the secret is pasted into URLs and configuration files.
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString('base64url').replaceAll('-', 'A').replaceAll('_', 'B') };
}
