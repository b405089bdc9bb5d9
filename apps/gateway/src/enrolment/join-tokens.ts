import { randomBytes } from 'node:crypto';
import { ControlStoreError } from '@pilvi/control-store';
import type { ControlStore, KeyValue } from '@pilvi/control-store';
import { createJoinToken, formatJoinToken, verifierOf } from '@pilvi/enrolment';

export const TOKEN_PREFIX = '/join-tokens/';
const FORMAT_VERSION = 1;
export const LONGEST_TTL_MS = 7 * 24 * 3_600_000;
/** How long a list shows what became of a token. */
const KEPT_MS = 24 * 3_600_000;
const MOST_TOKENS = 1_000;

/** What the cluster keeps of a join token: nothing that could be used in its place. */
export interface StoredToken {
  readonly formatVersion: typeof FORMAT_VERSION;
  /** PEM of a public key: tells who holds the token. */
  readonly verifier: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Once a machine was enrolled with it. `digest`: of its request, which may be sent again when the answer was lost. */
  readonly used?: { readonly machine: string; readonly atMs: number; readonly digest: string };
}

export function tokenKey(id: string): string {
  return TOKEN_PREFIX + id;
}

/** A new token, as a person carries it. Throws ControlStoreError. */
export async function createToken(
  { control, nowMs }: { control: ControlStore; nowMs: number },
  wanted: { authority: string; ttlMs: number },
): Promise<{ readonly id: string; readonly token: string; readonly expiresMs: number }> {
  const kept = await forgetOld(control, nowMs);
  if (kept >= MOST_TOKENS) throw new ControlStoreError('too-large', `there are ${String(MOST_TOKENS)} tokens: revoke some`);
  const token = createJoinToken(randomBytes, wanted.authority);
  const stored: StoredToken = {
    formatVersion: FORMAT_VERSION,
    verifier: verifierOf(token),
    createdMs: nowMs,
    expiresMs: nowMs + wanted.ttlMs,
  };
  const key = tokenKey(token.id);
  await control.txn([{ key, modRevision: 0 }], [{ kind: 'put', key, value: encodeToken(stored) }]);
  return { id: token.id, token: formatJoinToken(token), expiresMs: stored.expiresMs };
}

export async function listTokens(control: ControlStore): Promise<readonly { readonly id: string; readonly stored: StoredToken }[]> {
  const { entries } = await control.range(TOKEN_PREFIX);
  return entries.map((entry) => ({ id: entry.key.slice(TOKEN_PREFIX.length), stored: decodeToken(entry) }));
}

/** False: there is no such token. Throws ControlStoreError. */
export async function revokeToken(control: ControlStore, id: string): Promise<boolean> {
  for (;;) {
    const entry = await control.get(tokenKey(id));
    if (entry === undefined) return false;
    const { succeeded } = await control.txn([{ key: entry.key, modRevision: entry.modRevision }], [{ kind: 'delete', key: entry.key }]);
    if (succeeded) return true;
  }
}

export function encodeToken(token: StoredToken): Buffer {
  return Buffer.from(JSON.stringify(token));
}

export function decodeToken(entry: KeyValue): StoredToken {
  const token = JSON.parse(entry.value.toString('utf8')) as StoredToken;
  if ((token.formatVersion as number) !== FORMAT_VERSION)
    throw new Error(`${entry.key} has format ${String(token.formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  return token;
}

/** How many are left. */
async function forgetOld(control: ControlStore, nowMs: number): Promise<number> {
  const { entries } = await control.range(TOKEN_PREFIX);
  const old = entries.filter((entry) => decodeToken(entry).expiresMs + KEPT_MS < nowMs);
  for (const { key } of old) await control.txn([], [{ kind: 'delete', key }]);
  return entries.length - old.length;
}
