import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import { endpointOf } from './config.ts';
import type { Config } from './config.ts';
import { readJson } from './data-directory.ts';
import { keyFile, readKeyFile } from './root-key.ts';
import type { RootKey } from './root-key.ts';
import { runFile } from './run-file.ts';
import type { RunDocument } from './run-file.ts';

/** What a client needs to speak to a cluster. */
export interface ClusterAddress {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: RootKey;
}

/** Of the running cluster; of the settings when none runs. Throws CommandError `not-running` when there has never been one. */
export async function clusterAddress(config: Config): Promise<ClusterAddress> {
  const running = (await readJson(runFile(clusterPaths(config.dataDir)))) as RunDocument | undefined;
  const credentials = config.rootKey ?? (await readKeyFile(config.rootKeyFile ?? keyFile(config.dataDir)));
  if (credentials === undefined) throw new CommandError('not-running', `${config.dataDir} has no cluster yet (create one with: npm start)`);
  return { endpoint: running?.endpoint ?? endpointOf(config), region: running?.region ?? config.region, credentials };
}
