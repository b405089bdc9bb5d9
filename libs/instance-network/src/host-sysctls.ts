import { readFile, writeFile } from 'node:fs/promises';
import { command } from './commands.ts';
import { NetworkError } from './errors.ts';
import { UPLINK_PREFIX } from './names.ts';
import { listLinks, noteOnUplink } from './uplink.ts';

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
/** The note on the uplink of who turned forwarding on, and with it all that was found. */
const FORWARDING_WAS_OFF = 'pilvi:ip_forward=0';
const FORWARDING_WAS_ON = 'pilvi:ip_forward=1';

/**
 * Lets the host forward. What it was is noted before it is changed, so that it is put back even if this process is not there to do it.
 * With a note of an earlier process, that one counts.
 */
export async function allowForwarding(uplink: string, earlierNote?: string): Promise<void> {
  const isOn = (await readFile(FORWARDING, 'utf8')).trim() !== '0';
  if (earlierNote === undefined) await noteOnUplink(uplink, isOn ? FORWARDING_WAS_ON : FORWARDING_WAS_OFF);
  if (!isOn) await writeSysctl(FORWARDING, '1');
}

/** Puts forwarding back as it was, unless another node on this host needs it still: then the debt is handed to it. */
export async function restoreForwarding(uplink: string): Promise<void> {
  const links = await listLinks();
  if (links.find(({ ifname }) => ifname === uplink)?.ifalias !== FORWARDING_WAS_OFF) return;
  const other = links.find(({ ifname, ifalias }) => ifname !== uplink && ifname.startsWith(UPLINK_PREFIX) && ifalias === FORWARDING_WAS_ON);
  if (other === undefined) await writeSysctl(FORWARDING, '0');
  else await noteOnUplink(other.ifname, FORWARDING_WAS_OFF);
}

/**
 * Lets packets from and to 127.0.0.0/8 use this one link, as the host's programs need for public addresses of a loopback range. It would also let the other
 * side send to the host's loopback services, but for the host's table, which drops whatever begins there (`host-rules.ts`), and for the router, which has
 * no such route and does not set this for its own links.
 */
export async function allowLoopbackOn(uplink: string): Promise<void> {
  await writeSysctl(`/proc/sys/net/ipv4/conf/${uplink}/route_localnet`, '1');
}

async function writeSysctl(path: string, value: string): Promise<void> {
  try {
    await writeFile(path, value);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    // In a container /proc/sys is read-only, but not a second look at it.
    await command('unshare', ['--mount', 'sh', '-ec', `mount -t proc proc /proc; echo ${value} > ${path}`]).catch((cause: unknown) => {
      throw new NetworkError('unavailable', `${path} cannot be written`, {
        missing: [`${path} must be ${value}, and cannot be changed from here`],
        cause,
      });
    });
  }
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'EACCES');
}
