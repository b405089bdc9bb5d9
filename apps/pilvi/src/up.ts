import type { Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { mendCertificate } from './cluster-certificates.ts';
import { clusterPaths, createClusterDirectories } from './cluster-paths.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import { endpointOf, endpointsOf, metricsPortsOf, portsOf } from './config.ts';
import type { Config } from './config.ts';
import { serveControl } from './control-server.ts';
import { openDataDirectory, writeJson } from './data-directory.ts';
import type { ClusterShape } from './data-directory.ts';
import { stopLeftovers } from './leftovers.ts';
import { checkPortFree } from './ports.ts';
import { planAddresses } from './process-addresses.ts';
import { planProcesses } from './process-plan.ts';
import { ensureRootKey, keyFile, readKeyFile } from './root-key.ts';
import type { RootKey } from './root-key.ts';
import { Supervisor } from './supervisor.ts';
import type { ProcessReport } from './supervised-process.ts';
import { listenForStop } from './stop-signals.ts';
import { runFile } from './run-file.ts';
import { waitUntilReady } from './wait-until-ready.ts';

/** A process that ended this often before the cluster was ever ready will not start by itself. Later ones are tried for ever. */
const HOPELESS_CRASHES = 6;
const SHOWN_LINES = 12;

/** `pilvi up`: a whole cluster on this machine, until Ctrl-C. Answers the exit code. Throws CommandError when it cannot start. */
export async function up(config: Config, say: (line: string) => void): Promise<number> {
  await using directory = await openDataDirectory(config);
  const cluster = await prepare(config, directory.shape, say);
  const stop = listenForStop(() => {
    cluster.supervisor.killAll();
  });
  try {
    await cluster.supervisor.startAll();
    await announceWhenReady(config, cluster, say, stop.signal);
    await stop.asked;
    say('stopping ...');
  } finally {
    await cluster.supervisor.shutDown();
    await cleanUp(cluster);
    stop.dispose();
  }
  say('stopped');
  return stop.killed() ? 130 : 0;
}

interface LocalCluster {
  readonly paths: ClusterPaths;
  readonly rootKey: RootKey;
  /** The secret is new: nobody has seen it yet. */
  readonly rootKeyMade: boolean;
  readonly supervisor: Supervisor;
  readonly control: Server;
  /** Aborted, with the reason, when a process crashes again and again. */
  readonly hopeless: AbortSignal;
}

/** Everything that can be refused is refused here, before the first process starts. */
async function prepare(config: Config, shape: ClusterShape, say: (line: string) => void): Promise<LocalCluster> {
  const paths = clusterPaths(config.dataDir);
  await createClusterDirectories(paths);
  const leftovers = await stopLeftovers(paths);
  if (leftovers.length > 0) say(`stopped what an earlier run had left: ${leftovers.join(', ')}`);
  for (const port of portsOf(config)) await checkPortFree(config.bind, port);
  const rootKeyMade = config.rootKey === undefined && (await readKeyFile(keyFile(config.dataDir))) === undefined;
  for (const port of metricsPortsOf(config, shape.storageNodes)) await checkPortFree('127.0.0.1', port);
  const rootKey = await ensureRootKey(config);
  const { transport, gateways, metricsPort } = config;
  const { addresses, tlsDirs } = await planAddresses({ transport, gateways, shape, paths, metricsPort });
  const plans = planProcesses({ config, shape, paths, rootKey, addresses, tlsDirs });
  const hopeless = new AbortController();
  const supervisor = await Supervisor.open(plans, paths, (report) => {
    if (report.state !== 'crashed') return;
    if (isWorthSaying(report.crashes)) say(crashLine(report, paths));
    if (tlsDirs.has(report.name)) {
      mendCertificate(paths.tlsDir, report.name).then(
        (mended) => {
          if (mended) say(`the certificate of ${report.name} was damaged: a new one was issued`);
        },
        (error: unknown) => {
          say(`the certificate of ${report.name} cannot be issued: ${String(error)}`);
        },
      );
    }
    if (report.crashes === HOPELESS_CRASHES) hopeless.abort(new CommandError('start-failed', hopelessLine(report, paths)));
  });
  const control = await serveControl(paths.controlSocket, supervisor);
  await writeJson(runFile(paths), { endpoint: endpointOf(config), region: config.region, pid: process.pid });
  say(
    `${plans.length.toString()} processes, data in ${config.dataDir}, gRPC over ${config.transport === 'unix' ? 'Unix sockets' : 'TCP with mutual TLS'}`,
  );
  return { paths, rootKey, rootKeyMade, supervisor, control, hopeless: hopeless.signal };
}

async function announceWhenReady(config: Config, cluster: LocalCluster, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const stopped = cluster.supervisor.reports().filter((report) => report.state === 'stopped');
  for (const { name } of stopped) say(`${name} was stopped on purpose and stays down (npx pilvi node start ${name})`);
  try {
    const until = AbortSignal.any([signal, cluster.hopeless]);
    let health = await waitUntilReady(endpointOf(config), say, until);
    for (const endpoint of endpointsOf(config).slice(1)) health = await waitUntilReady(endpoint, say, until);
    say(`ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    if (!health.redundant) say('NOT REDUNDANT: losing one node loses data or stops writes');
  } catch (error) {
    if (signal.aborted) return;
    throw cluster.hopeless.reason ?? error;
  }
  // What is no terminal may be a log that many can read: there a secret is told once.
  const showSecret = process.stdout.isTTY || cluster.rootKeyMade;
  for (const line of welcome(config, cluster.rootKey, showSecret)) say(line);
}

/** What to try first. Pure. */
function welcome(config: Config, rootKey: RootKey, showSecret: boolean): readonly string[] {
  const { command } = config;
  return [
    '',
    `  endpoint           ${endpointsOf(config).join(', ')}`,
    `  region             ${config.region}`,
    `  access key id      ${rootKey.accessKeyId}`,
    `  secret access key  ${showSecret ? rootKey.secretAccessKey : `shown by: ${command} env`}`,
    '',
    '  Try, in another terminal:',
    `    eval "$(${command} env)"`,
    '    aws s3 mb s3://first && aws s3 cp README.md s3://first/',
    `    ${command} status`,
    '',
    '  Ctrl-C stops everything; the data stays.',
    '',
  ];
}

function crashLine(report: ProcessReport, paths: ClusterPaths): string {
  return `${report.name} ended (${report.lastEnd}) and is started again; its log: ${paths.logDir}/${report.name}.log`;
}

function hopelessLine(report: ProcessReport, paths: ClusterPaths): string {
  return `${report.name} does not start (${report.lastEnd}); the end of its log:\n${lastLines(join(paths.logDir, `${report.name}.log`))}`;
}

/** The first crashes, then ever fewer of them. */
function isWorthSaying(crashes: number): boolean {
  return Number.isInteger(Math.log2(crashes));
}

function lastLines(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.slice(-SHOWN_LINES).join('\n');
}

async function cleanUp(cluster: LocalCluster): Promise<void> {
  cluster.control.closeAllConnections();
  cluster.control.close();
  await once(cluster.control, 'close');
  await rm(runFile(cluster.paths), { force: true });
}
