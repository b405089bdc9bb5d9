import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterPaths, createClusterDirectories } from '../cluster-paths.ts';
import type { ClusterPaths } from '../cluster-paths.ts';
import type { ProcessPlan } from '../process-plan.ts';

/** Empty directories of a local cluster, removed on disposal. */
export interface TemporaryCluster extends AsyncDisposable {
  readonly paths: ClusterPaths;
  /** A plan for a fake process. */
  readonly plan: (name: string, env?: Readonly<Record<string, string>>) => ProcessPlan;
}

const KINDS = ['gateway', 'storage-node', 'compute-node'] as const;

export async function createTemporaryCluster(): Promise<TemporaryCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-up-'));
  const paths = clusterPaths(dataDir);
  await createClusterDirectories(paths);
  return {
    paths,
    plan: (name, env = {}) => ({
      name,
      kind: KINDS.find((kind) => kind.startsWith(name.split('-')[0]!))!,
      program: join(import.meta.dirname, 'fake-process.ts'),
      dataDir: join(dataDir, name),
      env: { PILVI_PROCESS_NAME: name, PILVI_PROCESS_DATA_DIR: join(dataDir, name), ...env },
    }),
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  };
}
