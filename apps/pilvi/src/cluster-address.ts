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

/** As the aws command line is told, of a cluster that is not this machine's; undefined unless all that it takes is said. */
export function clusterOfEnvironment(env: NodeJS.ProcessEnv): ClusterAddress | undefined {
  const { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { endpoint, region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
}
