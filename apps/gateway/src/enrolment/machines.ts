import type { ControlStore } from '@pilvi/control-store';
import { processNameOf, ROLES } from '@pilvi/enrolment';
import type { Machine } from '@pilvi/enrolment';
import { gatewayAddressKey } from '../cluster/gateway-directory.ts';
import { MEMBER_PREFIX } from '../cluster/keys.ts';
import { decodeMember } from '../cluster/stored-form.ts';

/** The machines that were enrolled with a token, by name. */
const MACHINE_PREFIX = '/machines/';
const FORMAT_VERSION = 1;

export interface StoredMachine extends Machine {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly enrolledMs: number;
}

export function machineKey(name: string): string {
  return MACHINE_PREFIX + name;
}

export function encodeMachine(machine: Machine, enrolledMs: number): Buffer {
  return Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, ...machine, enrolledMs } satisfies StoredMachine));
}

/** After a process of a machine was removed: the machine is forgotten when no other is left, and its name is free. */
export async function forgetMachine(control: ControlStore, process: string): Promise<void> {
  const name = process.replace(new RegExp(`^(${ROLES.join('|')})-`), '');
  const node = processNameOf({ name }, 'storage');
  const [machine, gateway, members] = await Promise.all([
    control.get(machineKey(name)),
    control.get(gatewayAddressKey(processNameOf({ name }, 'gateway'))),
    control.range(MEMBER_PREFIX),
  ]);
  const isMember = members.entries
    .map((entry) => decodeMember(entry.value))
    .some((member) => member.name === node && member.state !== 'retired');
  if (machine === undefined || gateway !== undefined || isMember) return;
  await control.txn([{ key: machine.key, modRevision: machine.modRevision }], [{ kind: 'delete', key: machine.key }]);
}
