import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeBackup } from '@pilvi/control-store';
import { writeFileAtomic } from '@pilvi/runtime';
import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { formatBytes } from './draw-table.ts';
import { readFromGateway } from './socket-client.ts';

const BACKUP_MAX_MS = 600_000;

/**
 * `pilvi control-store backup FILE`: the control data of the running cluster at one revision. The file holds secrets, and is readable by its owner only.
 * Throws CommandError `refused` for a file that is there.
 */
export async function backupControlStore(config: Config, path: string, say: (line: string) => void): Promise<void> {
  const file = resolve(path);
  if (existsSync(file)) throw new CommandError('refused', `${file} is there already: a backup replaces nothing`);
  say('reading the control data ...');
  const text = await readFromGateway(clusterPaths(config.dataDir), '/_pilvi/control-store/backup', BACKUP_MAX_MS);
  // What is not whole is no backup.
  const { clusterId, revision, takenAt, entries } = decodeBackup(text);
  say(
    `${String(entries.length)} keys (${formatBytes(Buffer.byteLength(text))}) of cluster ${clusterId} at revision ${String(revision)}, ${takenAt}`,
  );
  await writeFileAtomic(file, text, { mode: 0o600 });
  say(`written to ${file}`);
}
