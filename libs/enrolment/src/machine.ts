import { parseAddress, TransportError } from '@pilvi/transport';
import { EnrolmentError } from './errors.ts';

/** What runs on a machine. */
export type Role = 'gateway' | 'storage';
export const ROLES: readonly Role[] = ['gateway', 'storage'];

/** A machine as it presents itself to a cluster. */
export interface Machine {
  /** Its processes are called `gateway-<name>` and `storage-<name>`. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Failure domain. */
  readonly zone: string;
  /** Where others reach it: a host name or an IP address. */
  readonly host: string;
  /** Where others reach its gateway and its storage node by gRPC, `host:port`. */
  readonly addresses: Readonly<Record<Role, string>>;
}

const MAX_NAME = 32;
/** Short enough for the names of sockets and log files, and no path. */
const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const ZONE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})$/;

export function processNameOf(machine: Pick<Machine, 'name'>, role: Role): string {
  return `${role}-${machine.name}`;
}

/** Throws EnrolmentError `malformed`, in words for the person who named it. */
export function checkMachine({ name, roles, zone, addresses }: Machine): void {
  if (!NAME.test(name) || name.length > MAX_NAME)
    throw malformed(`"${name}" is no name for a machine: small letters, digits and dashes, at most ${String(MAX_NAME)} (--name)`);
  if (roles.length === 0 || new Set(roles).size !== roles.length || roles.some((role) => !ROLES.includes(role)))
    throw malformed(`"${roles.join()}" are no roles: write gateway, storage, or both separated by a comma (--role)`);
  if (!ZONE.test(zone)) throw malformed(`"${zone}" is no zone: letters, digits, dots, dashes, at most 63 (--zone)`);
  for (const address of Object.values(addresses)) checkAddress(address);
}

/** Others have to reach it over the network. */
function checkAddress(text: string): void {
  try {
    if (parseAddress(text).kind === 'tcp') return;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
  throw malformed(`"${text}" is no address at which other machines could reach this one: write a host or host:port (--advertise)`);
}

/** Reads what came over the network. Throws EnrolmentError `malformed`. */
export function parseMachine(value: unknown): Machine {
  const { name, roles, zone, host, addresses } = value as Partial<Machine>;
  const { gateway, storage } = (addresses ?? {}) as Partial<Machine['addresses']>;
  const texts: readonly unknown[] = [name, zone, host, gateway, storage, ...(Array.isArray(roles) ? (roles as unknown[]) : [undefined])];
  if (texts.some((text) => typeof text !== 'string')) throw malformed('the machine is not described');
  const machine = { name, roles, zone, host, addresses: { gateway, storage } } as Machine;
  checkMachine(machine);
  return machine;
}

function malformed(message: string): EnrolmentError {
  return new EnrolmentError('malformed', message);
}
