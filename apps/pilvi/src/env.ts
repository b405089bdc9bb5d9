import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import { endpointOf } from './config.ts';
import type { Config } from './config.ts';
import { readJson } from './data-directory.ts';
import { keyFile, readKeyFile } from './root-key.ts';
import { runFile } from './run-file.ts';
import type { RunDocument } from './run-file.ts';

/** `pilvi env`: shell exports for the aws command line and the SDKs. Of the running cluster; of the settings when none runs. */
export async function env(config: Config): Promise<string> {
  const running = (await readJson(runFile(clusterPaths(config.dataDir)))) as RunDocument | undefined;
  const rootKey = config.rootKey ?? (await readKeyFile(config.rootKeyFile ?? keyFile(config.dataDir)));
  if (rootKey === undefined) throw new CommandError('not-running', `${config.dataDir} has no cluster yet (create one with: npm start)`);
  const region = running?.region ?? config.region;
  const variables = {
    AWS_ENDPOINT_URL: running?.endpoint ?? endpointOf(config),
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join('\n');
}

/** Safe in any POSIX shell. */
function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
