// `npm run bench`: a fresh local cluster with three copies and every write fsynced, over Unix sockets and then over TCP with mutual
// TLS; one table, and everything measured as JSON. The generator runs on the same processors as the cluster.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { benchEc2, drawEc2Figures } from './ec2.ts';
import { benchCluster } from './measure.ts';
import type { ClusterFigures, Effort } from './measure.ts';
import { drawFigures } from './table.ts';
import { parseDuration } from '../config.ts';
import type { ClusterTransport } from './cluster.ts';

interface Flags {
  readonly duration: string;
  readonly listKeys: string;
  readonly transport: 'unix' | 'tcp' | 'both';
  readonly dataParent?: string;
  readonly out?: string;
}

const program = new Command('bench')
  .description('the benchmark of this repository: a fresh local cluster, one table')
  .option('--duration <time>', 'of each measurement', '10s')
  .option('--list-keys <n>', 'objects in the bucket that is listed', '100000')
  .option('--transport <kind>', 'unix, tcp or both', 'both')
  .option('--data-parent <dir>', "where the data directories are made; default: the system's temporary directory")
  .option('--out <file>', 'write the figures as JSON as well')
  .action(async (flags: Flags) => {
    const effort: Effort = { durationMs: parseDuration(flags.duration), listKeys: Number(flags.listKeys), parentDir: flags.dataParent };
    const transports: readonly ClusterTransport[] = flags.transport === 'both' ? ['unix', 'tcp'] : [flags.transport];
    const figures: ClusterFigures[] = [];
    for (const transport of transports) figures.push(await benchCluster(transport, effort));
    process.stdout.write(`${drawFigures(figures)}\n`);
    if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(figures, undefined, 2)}\n`);
    if (figures.some((cluster) => cluster.rows.some((row) => row.errors > 0))) process.exitCode = 1;
  });

program
  .command('ec2')
  .description('how long a launch takes, and what an idle instance costs, on a machine that can run them')
  .option('--launches <n>', 'one after the other', '100')
  .option('--instances <n>', 'at once', '100')
  .action(async ({ launches, instances }: { launches: string; instances: string }) => {
    process.stdout.write(`${drawEc2Figures(await benchEc2({ launches: Number(launches), instances: Number(instances) }))}\n`);
  });

await program.parseAsync();
