import { join } from 'node:path';
import type { Machine } from '@pilvi/enrolment';
import type { EtcdSetting } from '../config.ts';
import { CommandError } from '../command-error.ts';
import { readJson, writeJson } from '../data-directory.ts';

const FILE = 'machine.json';
const FORMAT_VERSION = 1;

/** What `init` or `join` wrote: this data directory is of one machine of a cluster of several. `up` runs what it says. */
export interface MachineFile {
  readonly machine: Machine;
  /** Where the gateway serves S3. */
  readonly http: { readonly bind: string; readonly port: number };
  /** gRPC addresses of the gateways there were; nodes learn of others. */
  readonly gateways: readonly string[];
  /** The cluster was made here, with this storage node alone: it begins without the others. */
  readonly isFounder: boolean;
  readonly copies: number;
  /** Undefined: the gateway's default. */
  readonly partitions?: number | undefined;
  /** The first placement waits for so many storage nodes. */
  readonly expectedNodes: number;
  readonly region: string;
  readonly domain: string;
  /** Undefined: embedded. */
  readonly controlStore?: EtcdSetting | undefined;
}

/** Undefined: the data directory, if there is one, is of a cluster on one machine. */
export async function readMachineFile(dataDir: string): Promise<MachineFile | undefined> {
  const found = (await readJson(join(dataDir, FILE))) as (MachineFile & { readonly formatVersion: number }) | undefined;
  if (found === undefined) return undefined;
  const { formatVersion, ...file } = found;
  if (formatVersion === FORMAT_VERSION) return file;
  throw new CommandError(
    'bad-setting',
    `${join(dataDir, FILE)} has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`,
  );
}

export async function writeMachineFile(dataDir: string, file: MachineFile): Promise<void> {
  await writeJson(join(dataDir, FILE), { formatVersion: FORMAT_VERSION, ...file });
}

/** Throws CommandError `refused` when the directory holds a cluster of one machine. */
export async function assertNoLocalCluster(dataDir: string): Promise<void> {
  if ((await readJson(join(dataDir, 'cluster.json'))) !== undefined)
    throw new CommandError(
      'refused',
      `${dataDir} holds a cluster that runs on one machine ("npm start"): choose another directory (--data)`,
    );
}
