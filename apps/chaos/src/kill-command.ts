import type { Command } from 'commander';
import { GATEWAYS, listOf, STORAGE } from './command-options.ts';
import type { CommandComponents } from './command-options.ts';
import { killScenario } from './kill-scenario.ts';

interface Flags {
  readonly times: string;
  readonly clients: string;
  readonly victims: string;
  readonly transport: 'unix' | 'tcp';
  readonly quietSeconds: string;
  readonly everySeconds: string;
  readonly gateways: string;
}

/** `chaos kill`. */
export function addKill(program: Command, { start, finish, progress }: CommandComponents): void {
  program
    .command('kill')
    .option('--times <n>', 'how many kills', '200')
    .option('--clients <n>', 'concurrent clients', '8')
    .option('--victims <names>', 'comma list', STORAGE.join(','))
    .option('--transport <name>', 'unix or tcp', 'unix')
    .option('--quiet-seconds <n>', 'load without kills before the first one, to compare with', '10')
    .option('--every-seconds <n>', 'from one kill to the next, at least', '0')
    .option(...GATEWAYS)
    .action(async (options: Flags) => {
      await using started = await start(options);
      const report = await killScenario(started.cluster, {
        times: Number(options.times),
        clients: Number(options.clients),
        quietMs: Number(options.quietSeconds) * 1_000,
        everyMs: Number(options.everySeconds) * 1_000,
        victims: listOf(options.victims),
        onProgress: progress,
      });
      finish(report, report.lost.length === 0 && report.doubleWinners.length === 0 && report.failedReads.length === 0);
    });
}
