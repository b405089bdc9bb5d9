import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pilvi/runtime';

const FILE = 'cluster-id';

/** The cluster that this gateway served last: when etcd holds nothing of it, it is lost and not new. Undefined: none yet. */
export async function readClusterId(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, FILE), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function rememberCluster(dataDir: string, clusterId: string): Promise<void> {
  if ((await readClusterId(dataDir)) !== clusterId) await writeFileAtomic(join(dataDir, FILE), `${clusterId}\n`, { mode: 0o600 });
}
