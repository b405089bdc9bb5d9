import { ipQuery } from './commands.ts';
import type { Surroundings } from './host-rules.ts';
import { networkOf } from './ipv4.ts';

/** Looks where the host stands now: networks come and go with laptops and containers. */
export async function lookAround(uplink: string): Promise<Surroundings> {
  const [routes, links] = await Promise.all([
    ipQuery<{ dst: string; dev?: string }>(['-4', 'route', 'show', 'default']),
    ipQuery<{ ifname: string; addr_info: readonly { family: string; local: string; prefixlen: number }[] }>(['-4', 'address', 'show']),
  ]);
  return {
    exits: [...new Set(routes.flatMap(({ dev }) => dev ?? []))].toSorted(),
    neighbours: links
      .filter(({ ifname }) => ifname !== uplink && ifname !== 'lo')
      .flatMap(({ addr_info }) => addr_info.map(({ local, prefixlen }) => networkOf(local, prefixlen)))
      .toSorted(),
  };
}
