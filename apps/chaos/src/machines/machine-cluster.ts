import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusDocument } from '@pilvi/admin-api';
import { CLI, ROOT } from '../cluster.ts';
import { isInSync, untilStatus } from '../cluster-status.ts';
import type { NetMachines } from './net-machines.ts';

const S3_PORT = 9000;
const LOOK_EVERY_MS = 200;
/** Short times where only patience would be tried. */
const QUICK = { PILVI_SWEEP_EVERY_MS: '500', PILVI_PARTITIONS: '16' };

/** A cluster whose first machine has the gateway; disposal powers the machines off. Everything is done by the commands that a person would use. */
export interface MachineCluster extends AsyncDisposable {
  readonly endpoint: string;
  readonly credentials: typeof ROOT;
  /** `npx pilvi ...` on a machine. */
  pilvi(machine: string, ...args: readonly string[]): Promise<string>;
  newToken(): Promise<string>;
  /** Enrols a machine with a storage node, in a zone of its own. */
  join(machine: string, token: string, ...more: readonly string[]): Promise<string>;
  /** `npx pilvi up` on a machine. */
  start(machine: string): void;
  /** All that it keeps is gone. */
  wipe(machine: string): Promise<void>;
  until(timeoutMs: number, isSo: (status: StatusDocument) => boolean): Promise<void>;
  /** Everything has all its copies. */
  whole(timeoutMs: number): Promise<void>;
  /** What `pilvi up` said on each machine. */
  said(): string;
}

export async function createMachineCluster(machines: NetMachines, onOutput: (text: string) => void): Promise<MachineCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'pvm-'));
  const first = machines.names[0]!;
  const dataDir = (machine: string): string => join(directory, machine);
  const said: string[] = [];
  const env = (machine: string): NodeJS.ProcessEnv => ({
    ...process.env,
    ...QUICK,
    PILVI_DATA_DIR: dataDir(machine),
    PILVI_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
    PILVI_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
  });
  const program = (args: readonly string[]): string[] => [process.execPath, CLI, ...args];
  const pilvi = (machine: string, ...args: readonly string[]): Promise<string> =>
    machines.run(machine, program(args), env(machine), onOutput);
  const about = (machine: string): string[] => [
    '--name',
    machine,
    '--zone',
    machine.toUpperCase(),
    '--advertise',
    machines.addressOf(machine),
  ];

  await pilvi(first, 'init', ...about(first));
  return {
    endpoint: `http://${machines.addressOf(first)}:${String(S3_PORT)}`,
    credentials: ROOT,
    pilvi,
    newToken: () => patiently(async () => (await pilvi(first, 'token', 'create')).trim()),
    join: (machine, token, ...more) =>
      pilvi(
        machine,
        'join',
        `${machines.addressOf(first)}:${String(S3_PORT)}`,
        '--token',
        token,
        '--role',
        'storage',
        ...about(machine),
        ...more,
      ),
    start(machine) {
      const child = machines.spawn(machine, program(['up']), env(machine));
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => said.push(`${machine}: ${chunk.toString()}`));
    },
    async wipe(machine) {
      await rm(dataDir(machine), { recursive: true, force: true });
    },
    until: (timeoutMs, isSo) => untilStatus(dataDir(first), timeoutMs, (status) => status !== undefined && isSo(status)),
    whole: (timeoutMs) => untilStatus(dataDir(first), timeoutMs, (status) => isInSync(status) && status?.objects.underReplicated === 0),
    said: () => said.join(''),
    async [Symbol.asyncDispose]() {
      for (const machine of machines.names) await machines.powerOff(machine);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The first machine may still be starting. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= 300) throw error;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
