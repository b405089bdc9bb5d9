import type { Command } from 'commander';
import { freePorts } from './cluster.ts';
import type { CommandComponents } from './command-options.ts';
import { SEEN_AFTER_MS, startHaproxy } from './haproxy.ts';
import { rollingRestartScenario } from './rolling-restart-scenario.ts';

interface Flags {
  readonly rounds: string;
  readonly clients: string;
  readonly transport: 'unix' | 'tcp';
  readonly gateways: string;
}

/** `chaos rolling-restart`. */
export function addRollingRestart(program: Command, { start, finish, progress }: CommandComponents): void {
  program
    .command('rolling-restart')
    .description('every process asked to stop, one at a time, under clients that never try twice')
    .option('--rounds <n>', 'how often each', '3')
    .option('--clients <n>', 'concurrent clients', '8')
    .option('--transport <name>', 'unix or tcp', 'unix')
    .option('--gateways <n>', 'how many; more than one: on etcd, behind haproxy', '1')
    .action(async (options: Flags) => {
      const gateways = Number(options.gateways);
      await using started = await start({ ...options, env: gateways > 1 ? { PILVI_LAME_DUCK_MS: String(SEEN_AFTER_MS) } : {} });
      const { cluster } = started;
      await using balancer = gateways > 1 ? await startHaproxy(cluster.endpoints, await freePorts(1)) : undefined;
      const report = await rollingRestartScenario(cluster, {
        endpoint: balancer?.endpoint ?? cluster.endpoint,
        processes: ['storage-1', 'storage-2', 'storage-3', ...cluster.endpoints.map((_, i) => `gateway-${String(i + 1)}`)],
        rounds: Number(options.rounds),
        clients: Number(options.clients),
        onProgress: progress,
      });
      finish(report, report.failed.length === 0 && report.lost.length === 0);
    });
}
