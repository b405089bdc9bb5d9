import { chain, script, set } from './nft-script.ts';

export interface HostRules {
  readonly table: string;
  readonly uplink: string;
  /** The router's end of the uplink. */
  readonly routerAddress: string;
  readonly publicCidr: string;
  readonly surroundings: Surroundings;
}

/** Where the host stands. */
export interface Surroundings {
  /** Interfaces of its default routes. */
  readonly exits: readonly string[];
  /** Networks that it is part of. */
  readonly neighbours: readonly string[];
}

/**
 * What no instance reaches through the host: nothing that is local to it, and the addresses at which clouds tell a machine its credentials. (The cloud is the
 * host's; ours answers in the router.)
 */
const NEVER = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '168.63.129.16', '100.100.100.200'];

/**
 * The host's own table, for `nft -f`. Instances reach the world by the host's default route; not the host, not the networks that it is part of (other
 * containers, the cluster's inner ports, the neighbours), and nothing behind its other interfaces. To them goes what they asked for, and what is
 * for a public address.
 *
 * These chains only ever take away: what they accept must also pass the chains of Docker, ufw and others.
 */
export function hostRules({ table, uplink, routerAddress, publicCidr, surroundings }: HostRules): string {
  const exits = surroundings.exits.map((exit) => `"${exit}"`).join(', ');
  return script([
    {
      family: 'inet',
      name: table,
      parts: [
        set('out_of_reach', 'ipv4_addr', [...new Set([...NEVER, ...surroundings.neighbours])], 'flags interval', 'auto-merge'),
        chain('input', 'type filter hook input priority filter - 1; policy accept', [
          `iifname "${uplink}" ct state established,related accept`,
          `iifname "${uplink}" drop`,
        ]),
        chain('forward', 'type filter hook forward priority filter - 1; policy accept', [
          `iifname "${uplink}" ct state established,related accept`,
          `iifname "${uplink}" oifname "${uplink}" accept`,
          `iifname "${uplink}" ip daddr @out_of_reach drop`,
          ...(exits === '' ? [] : [`iifname "${uplink}" oifname { ${exits} } accept`]),
          `iifname "${uplink}" drop`,
          `oifname "${uplink}" ct state established,related accept`,
          ...(publicCidr.startsWith('127.') ? [] : [`oifname "${uplink}" ip daddr ${publicCidr} accept`]),
          `oifname "${uplink}" drop`,
        ]),
        chain('postrouting', 'type nat hook postrouting priority srcnat', [`ip saddr ${routerAddress} oifname != "${uplink}" masquerade`]),
      ],
    },
  ]);
}
