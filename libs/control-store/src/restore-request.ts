import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';

/** Beside a gateway's data: `pilvi control-store restore` writes it, the gateway's next start carries it out and takes it away. */
const FILE = 'restore-request.json';
const REFUSED_FILE = 'restore-refused.json';
const FORMAT_VERSION = 1;

/** What is to be restored, and what may be missing. */
export interface RestoreRequest {
  /** Random: a start that was broken off knows its own work again. */
  readonly restoreId: string;
  /** Text of a backup file. */
  readonly backup: string;
  /** Names or incarnations of storage nodes that are lost for ever: nobody waits for them. */
  readonly without: readonly string[];
  /** Go on although writes may be lost that only lost nodes knew of. */
  readonly acceptLoss: boolean;
}

export interface RefusedRestore {
  readonly restoreId: string;
  /** For a person. */
  readonly reason: string;
}

/** Undefined: nothing is to be restored. */
export async function readRestoreRequest(gatewayDir: string): Promise<RestoreRequest | undefined> {
  return (await readVersioned(join(gatewayDir, FILE))) as RestoreRequest | undefined;
}

/** Replaces an earlier request, and its refusal. */
export async function writeRestoreRequest(gatewayDir: string, request: RestoreRequest): Promise<void> {
  await rm(join(gatewayDir, REFUSED_FILE), { force: true });
  await writeVersioned(join(gatewayDir, FILE), request);
}

/** It was carried out. */
export async function removeRestoreRequest(gatewayDir: string): Promise<void> {
  await rm(join(gatewayDir, FILE), { force: true });
}

/** It is not carried out: whoever asked for it is told why. */
export async function refuseRestoreRequest(gatewayDir: string, refused: RefusedRestore): Promise<void> {
  await writeVersioned(join(gatewayDir, REFUSED_FILE), refused);
  await rm(join(gatewayDir, FILE), { force: true });
}

export async function readRefusedRestore(gatewayDir: string): Promise<RefusedRestore | undefined> {
  return (await readVersioned(join(gatewayDir, REFUSED_FILE))) as RefusedRestore | undefined;
}

async function writeVersioned(path: string, value: object): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ formatVersion: FORMAT_VERSION, ...value })}\n`, { mode: 0o600 });
}

async function readVersioned(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { formatVersion, ...value } = JSON.parse(text) as { formatVersion: number };
  if (formatVersion !== FORMAT_VERSION)
    throw new Error(`${path} has format ${String(formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  return value;
}
