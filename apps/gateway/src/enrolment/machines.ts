import type { Machine } from '@pilvi/enrolment';

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
