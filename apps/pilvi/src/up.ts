import type { Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { clusterPaths, createClusterDirectories } from './cluster-paths.ts';
import type { ClusterPaths } from './cluster-paths.ts';
import { CommandError } from './command-error.ts';
import type { Config } from './config.ts';
import { serveControl } from './control-server.ts';
import { writeJson } from './data-directory.ts';
import { stopLeftovers } from './leftovers.ts';
import { openLocalPlan } from './local-plan.ts';
import type { LocalPlan } from './local-plan.ts';
import { checkPortFree } from './ports.ts';
import type { RootKey } from './root-key.ts';
import { Supervisor } from './supervisor.ts';
import type { ProcessReport } from './process-report.ts';
import { listenForStop } from './stop-signals.ts';
import { runFile } from './run-file.ts';
import { waitForCompute, waitUntilReady } from './wait-until-ready.ts';

/** A process that ended this often before the cluster was ever ready will not start by itself. Later ones are tried for ever. */
const HOPELESS_CRASHES = 6;
const SHOWN_LINES = 12;
const COMPUTE_WITHIN_MS = 5_000;

/**
 * `pilvi up`: a whole cluster on this machine, or what this machine is in a cluster of several, until Ctrl-C. Answers the exit code. Throws CommandError when it cannot
 * start.
 */
export async function up(config: Config, env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<number> {
  await using local = await openLocalPlan(config, env);
  const cluster = await prepare(config, local, say);
  const stop = listenForStop(() => {
    cluster.supervisor.killAll();
  });
  try {
    await cluster.supervisor.startAll();
    await announceWhenReady(local, cluster, say, stop.signal);
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
async function prepare(config: Config, local: LocalPlan, say: (line: string) => void): Promise<LocalCluster> {
  const paths = clusterPaths(config.dataDir);
  await createClusterDirectories(paths);
  const leftovers = await stopLeftovers(paths);
  if (leftovers.length > 0) say(`stopped what an earlier run had left: ${leftovers.join(', ')}`);
  for (const port of local.http.ports) await checkPortFree(local.http.bind, port);
  const { plans, rootKey, rootKeyMade, notices, mendCertificate } = await local.prepare(paths);
  for (const notice of notices) say(notice);
  const hopeless = new AbortController();
  const supervisor = await Supervisor.open(plans, paths, (report) => {
    if (report.state !== 'crashed') return;
    if (isWorthSaying(report.crashes)) say(crashLine(report, paths));
    mendCertificate(report.name).then(
      (mended) => {
        if (mended) say(`the certificate of ${report.name} was damaged: a new one was issued`);
      },
      (error: unknown) => {
        say(`the certificate of ${report.name} cannot be issued: ${String(error)}`);
      },
    );
    // Without compute the store serves all the same.
    if (report.crashes === HOPELESS_CRASHES && report.kind !== 'compute-node')
      hopeless.abort(new CommandError('start-failed', hopelessLine(report, paths)));
  });
  const control = await serveControl(paths.controlSocket, supervisor);
  const [endpoint] = local.endpoints;
  if (endpoint !== undefined) await writeJson(runFile(paths), { endpoint, region: local.region, pid: process.pid });
  say(`${String(plans.length)} ${plans.length === 1 ? 'process' : 'processes'}, data in ${config.dataDir}, gRPC over ${local.transport}`);
  return { paths, rootKey, rootKeyMade, supervisor, control, hopeless: hopeless.signal };
}

async function announceWhenReady(local: LocalPlan, cluster: LocalCluster, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const stopped = cluster.supervisor.reports().filter((report) => report.state === 'stopped');
  for (const { name } of stopped) say(`${name} was stopped on purpose and stays down (npx pilvi node start ${name})`);
  if (local.endpoints.length === 0) {
    say('running; the gateways of the cluster say whether it serves (npx pilvi status, on their machines)');
    return;
  }
  let isRedundant = true;
  try {
    const until = AbortSignal.any([signal, cluster.hopeless]);
    for (const endpoint of local.endpoints) isRedundant = (await waitUntilReady(endpoint, say, until)).redundant;
    say(`ready in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    if (!isRedundant) say('NOT REDUNDANT: losing one node loses data or stops writes');
  } catch (error) {
    if (signal.aborted) return;
    throw cluster.hopeless.reason ?? error;
  }
  // What is no terminal may be a log that many can read: there a secret is told once.
  const showSecret = process.stdout.isTTY || cluster.rootKeyMade;
  for (const line of welcome(local, cluster.rootKey, showSecret)) say(line);
  if (local.noCompute !== '') say(`COMPUTE IS OFF, the store runs alone: ${local.noCompute}`);
  else await announceCompute(local.endpoints[0]!, cluster, say, signal);
}

/** Compute may come a moment later than the store, or not at all. */
async function announceCompute(
  endpoint: string,
  { supervisor }: LocalCluster,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!supervisor.reports().some(({ kind, state }) => kind === 'compute-node' && state !== 'stopped')) return;
  try {
    const reason = await waitForCompute(endpoint, COMPUTE_WITHIN_MS, signal);
    say(reason === '' ? 'instances can be run' : `COMPUTE IS OFF, the store runs alone: ${reason}`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What to try first. Pure. */
function welcome(local: Pick<LocalPlan, 'endpoints' | 'region' | 'command'>, rootKey: RootKey, showSecret: boolean): readonly string[] {
  const { command } = local;
  return [
    '',
    `  endpoint           ${local.endpoints.join(', ')}`,
    `  region             ${local.region}`,
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
