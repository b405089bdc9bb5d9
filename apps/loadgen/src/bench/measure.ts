import { setTimeout as sleep } from 'node:timers/promises';
import { parseEndpoint } from '../config.ts';
import { resultDocument } from '../describe-result.ts';
import type { ResultDocument } from '../describe-result.ts';
import { runLoad } from '../load.ts';
import type { LoadPlan } from '../load.ts';
import { showProgress } from '../progress.ts';
import { startCluster } from './cluster.ts';
import type { BenchCluster, ClusterTransport } from './cluster.ts';

/** How much to measure. */
export interface Effort {
  readonly durationMs: number;
  readonly listKeys: number;
  readonly parentDir: string | undefined;
}

export interface ClusterFigures {
  readonly transport: ClusterTransport;
  readonly coldStartSeconds: number;
  readonly warmStartSeconds: number;
  /** MiB, a few seconds after the start. */
  readonly idle: { readonly storageNode: number; readonly gateway: number };
  readonly rows: readonly (ResultDocument & { readonly title: string })[];
}

const MIB = 1024 * 1024;
const IDLE_AFTER_MS = 3_000;

/** The rows of the table: what differs from one to the next. `GET` reads what the `PUT` before it wrote. */
const ROWS: readonly (Pick<LoadPlan, 'workload' | 'sizeBytes' | 'concurrency' | 'keys'> & {
  readonly title: string;
  readonly bucket: string;
})[] = [
  { title: 'PUT 4 KiB x32', bucket: 'small-put', workload: 'put', sizeBytes: 4096, concurrency: 32, keys: 100_000 },
  { title: 'GET 4 KiB x32', bucket: 'small-get', workload: 'get', sizeBytes: 4096, concurrency: 32, keys: 10_000 },
  { title: 'PUT 64 MiB x4', bucket: 'large-put', workload: 'put', sizeBytes: 64 * MIB, concurrency: 4, keys: 64 },
  { title: 'GET 64 MiB x4', bucket: 'large-get', workload: 'get', sizeBytes: 64 * MIB, concurrency: 4, keys: 8 },
];

export async function benchCluster(transport: ClusterTransport, effort: Effort): Promise<ClusterFigures> {
  say(`a fresh cluster over ${transport} ...`);
  await using cluster = await startCluster(transport, effort.parentDir);
  const warmStartSeconds = await cluster.restart();
  await sleep(IDLE_AFTER_MS);
  const idle = await cluster.residentMiB();
  const rows: (ResultDocument & { title: string })[] = [];
  for (const row of [...ROWS, listRow(effort)]) {
    say(`${transport}: ${row.title}`);
    const plan: LoadPlan = { ...common(cluster, effort), ...row };
    rows.push({ ...resultDocument(plan, await runLoad(plan, showProgress)), title: row.title });
  }
  return { transport, coldStartSeconds: cluster.coldStartSeconds, warmStartSeconds, idle, rows };
}

function listRow(effort: Effort): (typeof ROWS)[number] {
  return {
    title: `LIST 1,000 of ${effort.listKeys.toLocaleString('en')}`,
    bucket: 'many',
    workload: 'list',
    sizeBytes: 16,
    concurrency: 1,
    keys: effort.listKeys,
  };
}

function common(
  cluster: BenchCluster,
  effort: Effort,
): Pick<LoadPlan, 'endpoint' | 'credentials' | 'durationMs' | 'pageKeys' | 'signPayload' | 'prepared'> {
  return {
    endpoint: parseEndpoint(cluster.url),
    credentials: cluster.credentials,
    durationMs: effort.durationMs,
    pageKeys: 1000,
    signPayload: false,
    prepared: false,
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
