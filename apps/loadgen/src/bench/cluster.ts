import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadError } from '../load-error.ts';
import type { Credentials } from '../sign.ts';

const program = resolve(import.meta.dirname, '../../../pilvi/src/main.ts');
const READY_WITHIN_MS = 60_000;

export type ClusterTransport = 'unix' | 'tcp';

/** A fresh local cluster, as `npm start` runs it, on a port and a directory of its own. Disposal stops it and removes its data. */
export interface BenchCluster extends AsyncDisposable {
  readonly url: string;
  readonly credentials: Credentials;
  /** Seconds from the start of `pilvi up` until the cluster served: of the first start, and of a restart on its data. */
  readonly coldStartSeconds: number;
  restart(): Promise<number>;
  /** Largest resident memory of a storage node and of the gateway, MiB. */
  residentMiB(): Promise<{ readonly storageNode: number; readonly gateway: number }>;
}

/** Without compute nodes unless `settings` asks for them. */
export async function startCluster(
  transport: ClusterTransport,
  parentDir: string = tmpdir(),
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchCluster> {
  const dataDir = await mkdtemp(join(parentDir, 'pilvi-bench-'));
  const port = await freePort();
  const credentials = {
    accessKeyId: 'AKIABENCHBENCHBENCHB',
    secretAccessKey: 'benchbenchbenchbenchbenchbenchbenchbench',
    region: 'us-east-1',
  };
  const env = {
    ...process.env,
    PILVI_DATA_DIR: dataDir,
    PILVI_PORT: String(port),
    PILVI_REGION: credentials.region,
    PILVI_COMPUTE_NODES: '0',
    ...settings,
    PILVI_ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
    PILVI_ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<number> => {
    const startedMs = performance.now();
    child = spawn(process.execPath, [program, 'up', '--transport', transport], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await untilReady(url, child);
    return (performance.now() - startedMs) / 1000;
  };
  const stop = async (): Promise<void> => {
    if (child?.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const dispose = async (): Promise<void> => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const coldStartSeconds = await start();
    return {
      url,
      credentials,
      coldStartSeconds,
      restart: async () => {
        await stop();
        return start();
      },
      residentMiB: () => residentMiB(join(dataDir, 'run')),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadlineMs && child.exitCode === null) {
    const response = await fetch(`${url}/_pilvi/health`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    await sleep(20);
  }
  throw new LoadError('bad-setting', child.exitCode === null ? 'the cluster was not ready within a minute' : 'the cluster did not start');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

/** From /proc, so on Linux only; 0 elsewhere. */
async function residentMiB(runDir: string): Promise<{ storageNode: number; gateway: number }> {
  const resident = { storageNode: 0, gateway: 0 };
  for (const file of await readdir(runDir)) {
    if (!file.endsWith('.pid')) continue;
    const pid = (await readFile(join(runDir, file), 'utf8')).trim();
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const mib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
    const kind = file.startsWith('gateway') ? 'gateway' : 'storageNode';
    resident[kind] = Math.max(resident[kind], mib);
  }
  return resident;
}
