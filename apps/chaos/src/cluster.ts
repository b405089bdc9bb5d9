import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StatusDocument } from '@pilvi/admin-api';
import { getStatus, isInSync, untilStatus } from './cluster-status.ts';

const run = promisify(execFile);

export const CLI = fileURLToPath(new URL('../../pilvi/src/main.ts', import.meta.url));
const READY_MS = 300_000;
const STOP_MS = 30_000;
/** A fault that leaves no trace in the status by then has left none. */
const NOTICED_MS = 5_000;

export interface ClusterOptions {
  /** A fresh temporary directory, removed at the end, when not given. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly transport?: 'unix' | 'tcp';
  /** One by default; they serve at `port` and the ports after it. */
  readonly gateways?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real cluster of real processes, started as a user would. */
export interface Cluster extends AsyncDisposable {
  /** Of the first gateway. */
  readonly endpoint: string;
  readonly endpoints: readonly string[];
  readonly dataDir: string;
  readonly port: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Process id now, or undefined while it is down. */
  pid(name: string): Promise<number | undefined>;
  /** SIGKILL; the supervisor starts it again. False when it was down. */
  kill(name: string): Promise<boolean>;
  status(): Promise<StatusDocument>;
  /** `npx pilvi ...` for this cluster; what it prints. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** After a process was hit: resolves when every partition has all its copies and serves again, so that any one may be hit next. */
  recovered(timeoutMs: number): Promise<void>;
  /** Resolves when every partition and every object has all its copies. */
  whole(timeoutMs: number): Promise<void>;
  /** Every process of the cluster, the supervisor included. */
  pids(): Promise<number[]>;
  stop(): Promise<void>;
}

export const ROOT = { accessKeyId: 'PILVICHAOS0000000000', secretAccessKey: 'chaos-secret-key-for-tests-only-0000000000' };

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const ownDir = options.dataDir === undefined;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'pilvi-chaos-')));
  const { gateways = 1 } = options;
  const port = options.port ?? (await freePorts(gateways));
  const child = spawn(process.execPath, [CLI, 'up', ...(options.transport === 'tcp' ? ['--transport', 'tcp'] : [])], {
    env: {
      ...process.env,
      PILVI_DATA_DIR: dataDir,
      PILVI_PORT: String(port),
      PILVI_GATEWAYS: String(gateways),
      // What is tried is the store.
      PILVI_COMPUTE_NODES: '0',
      PILVI_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
      PILVI_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const endpoints = Array.from({ length: gateways }, (_, i) => `http://127.0.0.1:${String(port + i)}`);
  for (const endpoint of endpoints) await untilReady(endpoint, child, () => said);
  const pid = (name: string): Promise<number | undefined> => readPid(dataDir, name);

  const cluster: Cluster = {
    endpoint: endpoints[0]!,
    endpoints,
    dataDir,
    port,
    credentials: ROOT,
    pid,
    async kill(name) {
      const id = await pid(name);
      return id !== undefined && killPid(id);
    },
    status: () => getStatus(dataDir),
    async command(args, env = {}) {
      const { stdout } = await run(process.execPath, [CLI, ...args], { env: { ...process.env, PILVI_DATA_DIR: dataDir, ...env } });
      return stdout;
    },
    async recovered(timeoutMs) {
      // The status tells of a loss only after a moment: until then it looks whole, and the next kill would meet a second node.
      await untilStatus(dataDir, NOTICED_MS, (status) => !isInSync(status)).catch(() => undefined);
      await untilStatus(dataDir, timeoutMs, isInSync);
    },
    whole: (timeoutMs) => untilStatus(dataDir, timeoutMs, (status) => isInSync(status) && status?.objects.underReplicated === 0),
    async pids() {
      const names = [...Array.from({ length: gateways }, (_, i) => `gateway-${String(i + 1)}`), 'storage-1', 'storage-2', 'storage-3'];
      const ids = await Promise.all(names.map(pid));
      return [child.pid, ...ids].filter((id) => id !== undefined);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      if (ownDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
  return cluster;
}

/** SIGKILL to all of them; resolves when none is left. */
export async function endAtOnce(ids: readonly number[]): Promise<void> {
  for (const id of ids) killPid(id);
  while (ids.some(isAlive)) await sleep(20);
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

export function killPid(id: number): boolean {
  try {
    return process.kill(id, 'SIGKILL');
  } catch {
    return false;
  }
}

async function untilReady(endpoint: string, child: ChildProcess, said: () => string): Promise<void> {
  const untilMs = Date.now() + READY_MS;
  while (Date.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`pilvi up ended with ${String(child.exitCode)}:\n${said()}`);
    const ready = await fetch(`${endpoint}/_pilvi/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`not ready after ${String(READY_MS)} ms:\n${said()}`);
}

async function readPid(dataDir: string, name: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'run', `${name}.pid`), 'utf8').catch(() => '');
  const id = Number(text.trim());
  if (!Number.isInteger(id) || id <= 0) return undefined;
  return isAlive(id) ? id : undefined;
}

/** The first of so many free ports in a row, below those that the system gives to outgoing connections. */
/** The first of so many ports in a row of the loopback interface that nobody uses now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(12_000, 32_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
