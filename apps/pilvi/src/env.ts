import type { Config } from './config.ts';
import { clusterAddress } from './cluster-address.ts';

/** `pilvi env`: shell exports for the aws command line and the SDKs. Of the running cluster; of the settings when none runs. */
export async function env(config: Config): Promise<string> {
  const { endpoint, region, credentials } = await clusterAddress(config);
  const variables = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
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
