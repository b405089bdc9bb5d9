import { NetworkError } from './errors.ts';
import { command, ipBatch, ipQuery } from './commands.ts';
import { addressNumber, addressText } from './ipv4.ts';
import type { NetworkNames } from './names.ts';

/** The wire between host and router, and what was claimed for it. */
export interface Uplink {
  readonly hostAddress: string;
  readonly routerAddress: string;
  readonly publicCidr: string;
}

/** Wires are numbered from here, four addresses each. Link-local: they mean nothing to anybody else. */
const FIRST_WIRE = '169.254.201.0';
const WIRES = 64;
/** Public ranges that are tried when none is asked for: 127.201.0.0/16 and the following. */
const FIRST_LOOPBACK_RANGE = 201;
const LOOPBACK_RANGES = 50;

/**
 * Claims addresses for a new uplink. A claim is a route: the kernel takes each only once, so two nodes on one host never share one, even when they
 * start at the same moment. All of it goes with the link.
 */
export async function claimUplink(
  names: NetworkNames,
  wanted: { publicCidr?: string | undefined; preferredPublicCidr?: string | undefined },
): Promise<Uplink> {
  const wire = await claimWire(names.uplink);
  const candidates =
    wanted.publicCidr === undefined
      ? [...(wanted.preferredPublicCidr === undefined ? [] : [wanted.preferredPublicCidr]), ...loopbackRanges()]
      : [wanted.publicCidr];
  for (const publicCidr of candidates) {
    if (await claimRoute(publicRoute(publicCidr, names.uplink, wire))) return { ...wire, publicCidr };
  }
  throw new NetworkError('in-use', `there is a route for ${candidates.join(', ')} already: choose another range for public addresses`);
}

async function claimWire(uplink: string): Promise<Omit<Uplink, 'publicCidr'>> {
  for (let wire = 0; wire < WIRES; wire++) {
    const [network, hostAddress, routerAddress] = [0, 1, 2].map((offset) => addressText(addressNumber(FIRST_WIRE) + wire * 4 + offset)) as [
      string,
      string,
      string,
    ];
    await ipBatch([`addr add ${hostAddress}/30 dev ${uplink} noprefixroute`]);
    if (await claimRoute(`${network}/30 dev ${uplink} scope link src ${hostAddress}`)) return { hostAddress, routerAddress };
    await ipBatch([`addr del ${hostAddress}/30 dev ${uplink}`]);
  }
  throw new NetworkError('in-use', `all ${WIRES} addresses for uplinks are in use`);
}

/**
 * The host reaches public addresses through the router. Those of a loopback range need a place before the rule by which 127.0.0.0/8 is the host itself, and
 * the uplink's address as source: the router would not believe 127.0.0.1.
 */
function publicRoute(publicCidr: string, uplink: string, { hostAddress, routerAddress }: Omit<Uplink, 'publicCidr'>): string {
  const route = `${publicCidr} via ${routerAddress} dev ${uplink}`;
  return publicCidr.startsWith('127.') ? `unicast ${route} src ${hostAddress} table local` : route;
}

/** False: somebody else has it. */
async function claimRoute(route: string): Promise<boolean> {
  try {
    await ipBatch([`route add ${route}`]);
    return true;
  } catch (error) {
    if (error instanceof NetworkError && error.message.includes('File exists')) return false;
    throw error;
  }
}

function loopbackRanges(): string[] {
  return Array.from({ length: LOOPBACK_RANGES }, (_, index) => `127.${FIRST_LOOPBACK_RANGE + index}.0.0/16`);
}

/** All links of the host, with the notes on them. */
export function listLinks(): Promise<{ ifname: string; ifalias?: string }[]> {
  return ipQuery(['link', 'show']);
}

/** What an earlier process of this node claimed; undefined: nothing, or it did not come to an end. */
export async function findUplink(names: NetworkNames): Promise<(Uplink & { readonly note: string }) | undefined> {
  const note = (await listLinks()).find(({ ifname }) => ifname === names.uplink)?.ifalias;
  if (note === undefined) return undefined;
  const [link] = await ipQuery<{ addr_info: { local: string }[] }>(['-4', 'address', 'show', 'dev', names.uplink]);
  const hostAddress = link?.addr_info[0]?.local;
  if (hostAddress === undefined) return undefined;
  const routerAddress = addressText(addressNumber(hostAddress) + 1);
  const routes = await ipQuery<{ dst: string; gateway?: string }>([
    'route',
    'show',
    'table',
    'all',
    'dev',
    names.uplink,
    'via',
    routerAddress,
  ]);
  const route = routes.find(({ dst }) => dst.includes('.'));
  if (route === undefined) return undefined;
  return { hostAddress, routerAddress, publicCidr: route.dst.includes('/') ? route.dst : `${route.dst}/32`, note };
}

/** Leaves a note on the link itself, which lives exactly as long as what it speaks of. */
export async function noteOnUplink(uplink: string, note: string): Promise<void> {
  await command('ip', ['link', 'set', 'dev', uplink, 'alias', note]);
}
