import { clusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { askGateway, bodyOf } from './socket-client.ts';

/** A move copies everything; a large cluster's control data is a few megabytes. */
const MOVE_MAX_MS = 600_000;

/**
 * `pilvi control-store move etcd://...`: the running gateway moves its control data to etcd and goes on there. Answers lines for a person. Throws CommandError
 * `not-running`, `bad-setting`, or `refused`, when nothing was changed.
 */
export async function moveControlStore(config: Config): Promise<string> {
  const target = config.controlStore;
  if (target?.kind !== 'etcd') throw new CommandError('bad-setting', 'write etcd://host:port,host:port');
  const { address, caFile, certFile, keyFile, serverName } = target;
  const query = new URLSearchParams({
    address,
    ca: caFile,
    cert: certFile,
    key: keyFile,
    ...(serverName === undefined ? {} : { serverName }),
  });
  const path = `/_pilvi/control-store/move?${query.toString()}`;
  bodyOf(await askGateway(clusterPaths(config.dataDir), 'POST', path, MOVE_MAX_MS));
  return [
    `the control data is in ${address} now, and the gateway goes on there; what was in the data directory never serves again`,
    'the next start finds etcd by itself, and may have more gateways: PILVI_GATEWAYS=2 npm start',
  ].join('\n');
}
