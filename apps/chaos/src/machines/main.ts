import { Command } from 'commander';
import { machinesScenario } from './machines-scenario.ts';
import { whyNoMachines } from './net-machines.ts';

const program = new Command('machines')
  .description('network namespaces as machines: they join, lose power, are replaced, drained and removed under load (root)')
  .option('--rounds <n>', 'how often', '5')
  .option('--clients <n>', 'clients at once', '4')
  .action(async (options: { rounds: string; clients: string }) => {
    const why = await whyNoMachines();
    if (why !== undefined) throw new Error(why);
    const report = await machinesScenario({
      rounds: Number(options.rounds),
      clients: Number(options.clients),
      withDeath: true,
      onProgress: (text) => void process.stderr.write(`${text}\n`),
    });
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    process.exitCode = report.lost.length === 0 && report.unreadable.length === 0 ? 0 : 1;
  });

await program.parseAsync();
