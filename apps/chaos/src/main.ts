import { loadavg } from 'node:os';
import { Command, Option } from 'commander';
import { startCluster } from './cluster.ts';
import { GATEWAYS, listOf, STORAGE } from './command-options.ts';
import type { CommandComponents } from './command-options.ts';
import { DAMAGE_KINDS } from './damage-kinds.ts';
import { allCases, DAMAGE_ENVIRONMENT, damageScenario } from './damage-scenario.ts';
import { FAULT_NAMES, ISOLATION_MS } from './faults.ts';
import type { FaultName } from './faults.ts';
import { addKill } from './kill-command.ts';
import { linearizabilityScenario } from './linearizability-scenario.ts';
import { openPowerDisks } from './power-disks.ts';
import { powerScenario } from './power-scenario.ts';
import { addRollingRestart } from './rolling-restart-command.ts';
import { sabotageEnvironment } from './sabotage/node-options.ts';
import { wholeKillScenario } from './whole-kill-scenario.ts';
import { wipeScenario } from './wipe-scenario.ts';
import { startClusterOnEtcd } from './with-etcd.ts';

const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** Prints the report; a violation makes the exit code 1. */
function finish(report: object, sound: boolean): void {
  const seconds = Math.round(performance.now() / 1_000);
  // Stalls mean little on a machine that others keep busy.
  process.stdout.write(
    `${JSON.stringify({ ...(Array.isArray(report) ? { results: report } : report), seconds, loadAverage: loadavg() }, undefined, 2)}\n`,
  );
  process.exitCode = sound ? 0 : 1;
}

const ETCD_MEMBERS = 3;

const start: CommandComponents['start'] = async ({ transport, gateways, env = {} }) => {
  if (Number(gateways) > 1) return startClusterOnEtcd(ETCD_MEMBERS, { transport, env, gateways: Number(gateways) });
  const cluster = await startCluster({ transport, env });
  return { cluster, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
};

const program = new Command('chaos').description('breaks a real cluster on purpose and checks that nothing acknowledged was lost');

addKill(program, { start, finish, progress });

/** How the protocol is broken, to show that it is noticed. */
const BROKEN = { 'read-without-lease': 'I4', 'ack-before-second-copy': 'W1-acks' } as const;

interface LinearizabilityFlags {
  readonly seconds: string;
  readonly clients: string;
  readonly victims: string;
  readonly faults: string;
  readonly transport: 'unix' | 'tcp';
  readonly gateways: string;
  readonly break?: keyof typeof BROKEN;
}

program
  .command('whole-kill')
  .description('kill -9 of every process at once, the supervisor included')
  .option('--times <n>', 'how many kills', '20')
  .option('--clients <n>', 'concurrent clients', '8')
  .option('--transport <name>', 'unix or tcp', 'unix')
  .action(async (options: { times: string; clients: string; transport: 'unix' | 'tcp' }) => {
    const { transport } = options;
    const report = await wholeKillScenario({
      times: Number(options.times),
      clients: Number(options.clients),
      transport,
      onProgress: progress,
    });
    finish(report, report.lost.length === 0 && report.unreadable.length === 0);
  });

addRollingRestart(program, { start, finish, progress });

program
  .command('wipe')
  .description('data directories deleted, one node after another')
  .option('--times <n>', 'how many wipes', '3')
  .option('--clients <n>', 'concurrent clients', '4')
  .option('--transport <name>', 'unix or tcp', 'unix')
  .action(async (options: { times: string; clients: string; transport: 'unix' | 'tcp' }) => {
    await using cluster = await startCluster({ transport: options.transport });
    const report = await wipeScenario(cluster, {
      times: Number(options.times),
      clients: Number(options.clients),
      nodes: STORAGE,
      onProgress: progress,
    });
    finish(report, report.lost.length === 0 && report.unreadable.length === 0);
  });

program
  .command('linearizability')
  .option('--seconds <n>', 'how long', '60')
  .option('--clients <n>', 'concurrent clients', '8')
  .option('--victims <names>', 'comma list', STORAGE.join(','))
  .addOption(new Option('--faults <names>', 'comma list').default(FAULT_NAMES.join(',')))
  .option('--transport <name>', 'unix or tcp', 'unix')
  .option(...GATEWAYS)
  .addOption(new Option('--break <rule>', 'breaks the protocol, and ends at the first violation').choices(Object.keys(BROKEN)))
  .action(async (options: LinearizabilityFlags) => {
    const broken = options.break === undefined ? {} : { without: [BROKEN[options.break]] };
    // A map as old as the isolation is long still names the isolated primary, until its end.
    const env = sabotageEnvironment({ isolationMs: ISOLATION_MS, mapLagMs: ISOLATION_MS, ...broken });
    await using started = await start({ ...options, env });
    const report = await linearizabilityScenario(started.cluster, {
      seconds: Number(options.seconds),
      clients: Number(options.clients),
      victims: listOf(options.victims),
      faults: listOf(options.faults) as FaultName[],
      untilViolation: options.break !== undefined,
      onProgress: progress,
    });
    finish(report, report.violations.length === 0);
  });

/** What each break takes out, and when it shows: what the log has not synced only between checkpoints, and rows only around them. */
const BREAKS = {
  fdatasync: { sabotage: { noFdatasync: true }, checkpoints: 'rare', untilLost: true },
  d3: { sabotage: { noFlush: true }, checkpoints: 'often', untilLost: true },
} as const;

program
  .command('power')
  .description('power cuts by copies of loop-mounted file systems (root)')
  .option('--times <n>', 'how many cuts', '50')
  .addOption(new Option('--break <rule>', 'breaks durability, and ends at the first loss').choices(Object.keys(BREAKS)))
  .action(async (options: { times: string; break?: keyof typeof BREAKS }) => {
    await using disks = await openPowerDisks();
    if (disks === undefined) throw new Error('power cuts need to mount loop devices: run as root');
    const report = await powerScenario(disks, {
      times: Number(options.times),
      ...(options.break !== undefined && BREAKS[options.break]),
      onProgress: progress,
    });
    finish(report, report.lost.length === 0 && report.unreadable.length === 0);
  });

program
  .command('damage')
  .description('flips a byte of every kind of stored file, or deletes it, in processes that run and in stopped ones')
  .option('--kinds <names>', 'comma list; all by default', DAMAGE_KINDS.map((kind) => kind.name).join(','))
  .option('--objects <n>', 'objects stored before', '24')
  .option('--transport <name>', 'unix or tcp', 'unix')
  .action(async (options: { kinds: string; objects: string; transport: 'unix' | 'tcp' }) => {
    const kinds = DAMAGE_KINDS.filter((kind) => listOf(options.kinds).includes(kind.name));
    await using cluster = await startCluster({ transport: options.transport, env: DAMAGE_ENVIRONMENT });
    const results = await damageScenario(cluster, allCases(kinds, STORAGE), {
      objects: Number(options.objects),
      onResult: ({ kind, how, when, process, hit, detected, healedMs, wrong }) => {
        progress(
          `${kind} | ${how} ${when} | ${process} | ${hit ?? 'none there'} | ${detected} | ${String(healedMs)} ms | ${wrong.join('; ')}`,
        );
      },
    });
    finish(
      results.filter((result) => result.wrong.length > 0),
      results.every((result) => result.wrong.length === 0),
    );
  });

await program.parseAsync();
