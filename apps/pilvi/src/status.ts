import type { StatusDocument } from '@pilvi/admin-api';
import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { drawStatus } from './draw-status.ts';
import { askGateway, askSocket, bodyOf } from './socket-client.ts';
import type { ProcessReport } from './supervised-process.ts';

/** What `pilvi status --json` prints: the gateway's document, and the processes as `up` sees them (empty when none supervises them). */
export interface StatusOutput extends StatusDocument {
  readonly processes: readonly ProcessReport[];
}

/** `pilvi status [--json]`. Throws CommandError `not-running` when nothing answers. */
export async function status(config: Config, options: { readonly json: boolean }): Promise<string> {
  const paths = clusterPaths(config.dataDir);
  const processes = (await askSocket(paths.controlSocket, 'GET', '/processes').then(bodyOf)) as readonly ProcessReport[];
  const document = await askGateway(paths, 'GET', '/_pilvi/status').then(
    (answer) => bodyOf(answer) as StatusDocument,
    (error: unknown) => {
      // `up` runs but its gateway does not: say that, rather than that nothing runs.
      if (error instanceof CommandError && error.code === 'not-running') return undefined;
      throw error;
    },
  );
  if (document === undefined) {
    const states = processes.filter((process) => process.kind === 'gateway').map(({ name, state }) => `${name} is ${state}`);
    throw new CommandError('not-running', `no gateway answers (${states.join(', ')}); their logs: ${paths.logDir}/gateway-*.log`);
  }
  const output: StatusOutput = { ...document, processes };
  return options.json ? JSON.stringify(output, undefined, 2) : drawStatus(output);
}
