import { hostname } from 'node:os';
import { checkMachine, EnrolmentError } from '@pilvi/enrolment';
import type { Machine, Role } from '@pilvi/enrolment';
import { CommandError } from '../command-error.ts';

/** gRPC of the gateway; the storage node has the next one. */
const DEFAULT_GRPC_PORT = 9100;

/** Flags of `init` and `join` that say what this machine is. */
export interface MachineFlags {
  readonly name?: string;
  readonly role: string;
  readonly zone: string;
  readonly advertise: string;
}

/** Throws CommandError `bad-setting`. */
export function describeMachine({ name, role, zone, advertise }: MachineFlags): Machine {
  const { host, port } = parseAdvertise(advertise);
  const address = (number: number): string => `${host.includes(':') ? `[${host}]` : host}:${String(number)}`;
  const machine: Machine = {
    name: name ?? hostname().split('.')[0]!.toLowerCase(),
    roles: role.split(',').map((text) => text.trim()) as Role[],
    zone,
    host,
    addresses: { gateway: address(port), storage: address(port + 1) },
  };
  try {
    checkMachine(machine);
  } catch (error) {
    if (error instanceof EnrolmentError) throw new CommandError('bad-setting', error.message, { cause: error });
    throw error;
  }
  return machine;
}

/** `host`, `host:port` or `[v6]:port`. */
function parseAdvertise(text: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? DEFAULT_GRPC_PORT);
  if (host === undefined || port < 1 || port > 65_534)
    throw new CommandError(
      'bad-setting',
      `"${text}" is no address: write a host or host:port at which the other machines reach this one (--advertise)`,
    );
  if (host === '0.0.0.0' || host === '::')
    throw new CommandError('bad-setting', `other machines cannot reach this one at ${host}: write its own address (--advertise)`);
  return { host, port };
}
