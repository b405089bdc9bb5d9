import { clusterPaths, metricsSockets } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { readSocket } from './socket-client.ts';

/** `pilvi metrics NAME`: what a process of this machine tells Prometheus, as text. Throws CommandError `refused` or `not-running`. */
export async function metrics(config: Config, name: string): Promise<string> {
  const sockets = await metricsSockets(clusterPaths(config.dataDir));
  const socket = sockets.get(name);
  if (socket === undefined) {
    const known = sockets.size === 0 ? 'nothing runs (start a cluster with: npm start)' : `there are: ${[...sockets.keys()].join(', ')}`;
    throw new CommandError(sockets.size === 0 ? 'not-running' : 'refused', `there are no metrics of "${name}"; ${known}`);
  }
  return (await readSocket(socket, '/_pilvi/metrics')).trimEnd();
}
