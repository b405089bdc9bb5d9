import type { NewTokenDocument, TokenListDocument, TokenStatus } from '@pilvi/admin-api';
import { clusterPaths } from '../cluster-paths.ts';
import { CommandError } from '../command-error.ts';
import type { Config } from '../config.ts';
import { drawTable } from '../draw-table.ts';
import { askGateway, bodyOf } from '../socket-client.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `pilvi token create`: a token for one machine, told once. Throws CommandError. */
export async function createToken(config: Config, { ttl }: { readonly ttl: string }): Promise<string> {
  const path = `/_pilvi/tokens?ttlMs=${String(parseDuration(ttl))}`;
  const { token } = bodyOf(await askGateway(clusterPaths(config.dataDir), 'POST', path)) as NewTokenDocument;
  return token;
}

/** `pilvi token list`. */
export async function listTokens(config: Config): Promise<string> {
  const { tokens } = bodyOf(await askGateway(clusterPaths(config.dataDir), 'GET', '/_pilvi/tokens')) as TokenListDocument;
  return drawTokens(tokens, Date.now());
}

/** `pilvi token revoke ID`. */
export async function revokeToken(config: Config, id: string): Promise<string> {
  bodyOf(await askGateway(clusterPaths(config.dataDir), 'POST', `/_pilvi/tokens/${encodeURIComponent(id)}/revoke`));
  return `token ${id} can enrol nobody any more`;
}

/** For a person. Pure. */
export function drawTokens(tokens: readonly TokenStatus[], nowMs: number): string {
  if (tokens.length === 0) return 'there are no tokens';
  const state = ({ usedBy, expiresMs }: TokenStatus): string =>
    usedBy !== '' ? `used by ${usedBy}` : expiresMs <= nowMs ? 'expired' : 'unused';
  return drawTable([
    ['id', 'made', 'expires', 'state'],
    ...tokens.map((token) => [token.id, new Date(token.createdMs).toISOString(), new Date(token.expiresMs).toISOString(), state(token)]),
  ]);
}

/** `90s`, `30m`, `2h`, `1d`, in milliseconds. Throws CommandError `bad-setting`. */
export function parseDuration(text: string): number {
  const parts = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = UNITS[parts?.[2] ?? ''];
  if (unit === undefined) throw new CommandError('bad-setting', `"${text}" is no duration: write 90s, 30m, 2h or 1d`);
  return Number(parts?.[1]) * unit;
}
