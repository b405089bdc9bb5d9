import { clusterPaths } from './cluster-paths.ts';
import type { Config } from './config.ts';
import { askSocket, bodyOf } from './socket-client.ts';
import type { ProcessReport } from './process-report.ts';

export type NodeVerb = 'start' | 'stop' | 'kill';

/** `pilvi node stop|start|kill NAME`: asks the running `up`. Answers a line for a person. Throws CommandError `not-running` or `refused`. */
export async function node(config: Config, verb: NodeVerb, name: string): Promise<string> {
  const path = `/processes/${encodeURIComponent(name)}/${verb}`;
  const report = bodyOf(await askSocket(clusterPaths(config.dataDir).controlSocket, 'POST', path)) as ProcessReport;
  switch (verb) {
    case 'start':
      return `${report.name} runs (pid ${String(report.pid)})`;
    case 'stop':
      return `${report.name} is stopped and stays down (npx pilvi node start ${report.name})`;
    case 'kill':
      return `${report.name} was killed (SIGKILL) and is started again`;
  }
}
