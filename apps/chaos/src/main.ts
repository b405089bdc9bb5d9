import { Command } from 'commander';
import { startCluster } from './cluster.ts';
import { killScenario } from './kill-scenario.ts';
import { linearizabilityScenario } from './linearizability-scenario.ts';
import { powerScenario } from './power-scenario.ts';

const STORAGE = ['storage-1', 'storage-2', 'storage-3'];
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** Prints the report; a violation makes the exit code 1. */
function finish(report: object, sound: boolean): void {
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = sound ? 0 : 1;
}

const program = new Command('chaos').description('breaks a real cluster on purpose and checks that nothing acknowledged was lost');

program
  .command('kill')
  .option('--times <n>', 'how many kills', '200')
  .option('--clients <n>', 'concurrent clients', '8')
  .option('--victims <names>', 'comma list', STORAGE.join(','))
  .option('--transport <name>', 'unix or tcp', 'unix')
  .action(async (options: { times: string; clients: string; victims: string; transport: 'unix' | 'tcp' }) => {
    await using cluster = await startCluster({ transport: options.transport });
    const report = await killScenario(cluster, {
      times: Number(options.times),
      clients: Number(options.clients),
      victims: options.victims.split(','),
      onProgress: progress,
    });
    finish(report, report.lost.length === 0 && report.doubleWinners.length === 0 && report.failedReads.length === 0);
  });

program
  .command('linearizability')
  .option('--seconds <n>', 'how long', '60')
  .option('--clients <n>', 'concurrent clients', '8')
  .option('--victims <names>', 'comma list', STORAGE.join(','))
  .option('--transport <name>', 'unix or tcp', 'unix')
  .action(async (options: { seconds: string; clients: string; victims: string; transport: 'unix' | 'tcp' }) => {
    await using cluster = await startCluster({ transport: options.transport });
    const report = await linearizabilityScenario(cluster, {
      seconds: Number(options.seconds),
      clients: Number(options.clients),
      victims: options.victims.split(','),
      onProgress: progress,
    });
    finish(report, report.violations.length === 0);
  });

program
  .command('power')
  .description('power cuts by copies of loop-mounted file systems (root)')
  .option('--times <n>', 'how many cuts', '50')
  .action(async (options: { times: string }) => {
    const report = await powerScenario({ times: Number(options.times), onProgress: progress });
    finish(report, report.lost.length === 0);
  });

await program.parseAsync();
