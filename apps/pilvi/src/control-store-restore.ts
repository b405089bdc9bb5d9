import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestoredDocument, RestoredReport } from '@pilvi/admin-api';
import { ControlStoreError, decodeBackup, readRefusedRestore, readRestoreRequest, writeRestoreRequest } from '@pilvi/control-store';
import { processNameOf } from '@pilvi/enrolment';
import { clusterPaths } from './cluster-paths.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { readMachineFile } from './machine/machine-file.ts';
import { askGateway, askSocket, bodyOf } from './socket-client.ts';

const LOOK_EVERY_MS = 500;
const RESTORE_ID_BYTES = 16;

export interface RestoreFlags {
  /** Names or incarnations of storage nodes. */
  readonly without: readonly string[];
  readonly acceptLoss: boolean;
}

/**
 * `pilvi control-store restore FILE`: asks this machine's gateway to restore a backup when it starts. Where `pilvi up` runs, it waits for that and tells how it goes.
 * Throws CommandError `refused`, and then nothing was changed.
 */
export async function restoreControlStore(config: Config, path: string, flags: RestoreFlags, say: (line: string) => void): Promise<void> {
  const backup = await readBackupFile(path);
  const { clusterId, revision, takenAt, entries } = decodeBackup(backup);
  say(`the backup has ${String(entries.length)} keys of cluster ${clusterId} at revision ${String(revision)}, ${takenAt}`);
  const paths = clusterPaths(config.dataDir);
  const gatewayDir = await gatewayDirectory(config.dataDir);
  const before = await askRestored(paths);
  if (before !== undefined && before.waiting === '')
    throw new CommandError('refused', 'the cluster runs, and its control data is there: a backup is restored only where it is lost');
  await mkdir(gatewayDir, { recursive: true, mode: 0o700 });
  const restoreId = randomBytes(RESTORE_ID_BYTES).toString('hex');
  await writeRestoreRequest(gatewayDir, { restoreId, backup, ...flags });
  if (!(await isUp(paths))) {
    say(
      `the gateway of this machine restores it when it starts (${config.command} up), with all storage nodes running and all other gateways stopped`,
    );
    return;
  }
  say('the gateway of this machine restores it now; it goes on when this command is ended');
  await follow(paths, { gatewayDir, restoreId }, say);
}

/** `pilvi control-store restored`: what the last restore came to. */
export async function restoredControlStore(config: Config): Promise<string> {
  const answer = await askGateway(clusterPaths(config.dataDir), 'GET', '/_pilvi/control-store/restored');
  const { restored, waiting } = bodyOf(answer) as RestoredDocument;
  if (waiting !== '') return `the gateway does not serve yet: ${waiting}`;
  return restored === undefined ? 'the control data of this cluster was never restored from a backup' : drawReport(restored);
}

/** `pilvi control-store adopt ID NAME`: a bucket that a restore found without a name gets one. */
export async function adoptBucket(config: Config, id: string, name: string): Promise<string> {
  const query = new URLSearchParams({ id, name });
  bodyOf(await askGateway(clusterPaths(config.dataDir), 'POST', `/_pilvi/control-store/adopt?${query.toString()}`));
  return `bucket ${id} is ${name} now`;
}

/** For a person. Pure. */
export function drawReport({ backup, restoredAt, findings }: RestoredReport): string {
  return [
    `restored at ${restoredAt} from the backup of ${backup.takenAt} (revision ${String(backup.revision)})`,
    ...findings.map((finding) => `- ${finding}`),
  ].join('\n');
}

async function readBackupFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    decodeBackup(text);
    return text;
  } catch (error) {
    if (error instanceof ControlStoreError) throw new CommandError('refused', `${path}: ${error.message}`, { cause: error });
    throw new CommandError('refused', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Where the gateway of this machine keeps its data. Throws CommandError `refused` where there is none. */
async function gatewayDirectory(dataDir: string): Promise<string> {
  const file = await readMachineFile(dataDir);
  if (file === undefined) {
    if (existsSync(join(dataDir, 'cluster.json'))) return join(dataDir, 'gateway-1');
    throw new CommandError('refused', `there is no cluster in ${dataDir}: name its data directory with --data`);
  }
  if (file.machine.roles.includes('gateway')) return join(dataDir, processNameOf(file.machine, 'gateway'));
  throw new CommandError('refused', 'this machine has no gateway: restore on one that has');
}

async function follow(
  paths: ClusterPaths,
  { gatewayDir, restoreId }: { readonly gatewayDir: string; readonly restoreId: string },
  say: (line: string) => void,
): Promise<void> {
  let told = '';
  for (;;) {
    const refused = await readRefusedRestore(gatewayDir);
    if (refused?.restoreId === restoreId) throw new CommandError('refused', `not restored: ${refused.reason}`);
    const state = await askRestored(paths);
    if (state?.restored?.restoreId === restoreId && (await readRestoreRequest(gatewayDir)) === undefined) {
      say(drawReport(state.restored));
      return;
    }
    const reason = state?.waiting ?? 'waiting for the gateway';
    if (reason !== '' && reason !== told) say((told = reason));
    if (!(await isUp(paths)))
      throw new CommandError('not-running', 'the cluster was stopped; the restore goes on when it is started again');
    await sleep(LOOK_EVERY_MS);
  }
}

/** Undefined while no gateway of this machine answers. */
async function askRestored(paths: ClusterPaths): Promise<RestoredDocument | undefined> {
  try {
    const answer = await askGateway(paths, 'GET', '/_pilvi/control-store/restored');
    return answer.status === 200 ? (answer.body as RestoredDocument) : undefined;
  } catch {
    return undefined;
  }
}

async function isUp(paths: ClusterPaths): Promise<boolean> {
  return askSocket(paths.controlSocket, 'GET', '/processes').then(
    () => true,
    () => false,
  );
}
