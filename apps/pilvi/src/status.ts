import type { StatusDocument } from '@pilvi/admin-api';
import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { drawStatus } from './draw-status.ts';
import { askGateway, askSocket, bodyOf, NOTHING_RUNS } from './socket-client.ts';
import type { ProcessReport } from './process-report.ts';

/** What `pilvi status --json` prints: the gateway's document, and the processes as `up` sees them (empty when none supervises them). */
export interface StatusOutput extends StatusDocument {
  readonly processes: readonly ProcessReport[];
}

/** `pilvi status [--json]`. Throws CommandError `not-running` when nothing answers. */
export async function status(config: Config, options: { readonly json: boolean }): Promise<string> {
  const paths = clusterPaths(config.dataDir);
  const processes = await askSocket(paths.controlSocket, 'GET', '/processes').then(bodyOf).catch(unlessRunning);
  const document = await askGateway(paths, 'GET', '/_pilvi/status').then(bodyOf).catch(unlessRunning);
  if (document === undefined) {
    // `up` runs but its gateway does not: say that, rather than that nothing runs.
    if (processes === undefined) throw new CommandError('not-running', NOTHING_RUNS);
    const states = (processes as readonly ProcessReport[])
      .filter((process) => process.kind === 'gateway')
      .map(({ name, state }) => `${name} is ${state}`);
    throw new CommandError('not-running', `no gateway answers (${states.join(', ')}); their logs: ${paths.logDir}/gateway-*.log`);
  }
  // A gateway in a container of its own has nobody above it that knows the other processes.
  const output: StatusOutput = { ...(document as StatusDocument), processes: (processes ?? []) as readonly ProcessReport[] };
  return options.json ? JSON.stringify(output, undefined, 2) : drawStatus(output);
}

/** Undefined when nobody listens. */
function unlessRunning(error: unknown): undefined {
  if (!(error instanceof CommandError && error.code === 'not-running')) throw error;
}
