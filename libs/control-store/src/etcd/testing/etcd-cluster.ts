import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KVClient, MaintenanceClient } from '@pilvi/contracts/etcd/rpc';
import type { CompactionResponse, RangeResponse, StatusResponse } from '@pilvi/contracts/etcd/rpc';
import { systemClock } from '@pilvi/runtime';
import { callUnary, createClusterAuthority, dial, issueCertificate, saveCredentials } from '@pilvi/transport';
import type { TlsSecurity } from '@pilvi/transport';

const PATIENCE_MS = 30_000;

/** A reason to skip tests aloud where etcd is not installed. */
export const NO_ETCD = spawnSync('etcd', ['--version']).error === undefined ? false : 'there is no etcd here (Debian package etcd-server)';

/** Real etcd processes on loopback with mutual TLS, their data in a directory of their own; ended by their ids. */
export interface EtcdCluster extends AsyncDisposable {
  readonly endpoints: readonly string[];
  readonly tls: TlsSecurity;
  /** Holds the same as `ca.pem`, `cert.pem` and `key.pem`. */
  readonly tlsDir: string;
  /** Ends a member at once, as a power cut of its machine would look to others. */
  kill(index: number): Promise<void>;
  /** Starts it again on its data. */
  start(index: number): void;
  /** It no longer answers, and its connections stay. */
  pause(index: number): void;
  resume(index: number): void;
  /** Which member leads, once the members that run agree. */
  leader(): Promise<number>;
  /** Everything before the present revision is forgotten. */
  compact(): Promise<void>;
}

/** Starts so many members and waits until they have a leader. */
export async function startEtcdCluster(memberCount: number, { electionTimeoutMs = 1_000 } = {}): Promise<EtcdCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-etcd-'));
  const tls = await issueCertificate(await createClusterAuthority(join(directory, 'authority')), { name: 'etcd', hosts: ['127.0.0.1'] });
  await saveCredentials(directory, tls);
  const ports = await freePorts(memberCount * 2);
  const endpoints = ports.slice(0, memberCount).map((port) => `127.0.0.1:${String(port)}`);
  const peers = ports.slice(memberCount).map((port, i) => `m${String(i)}=https://127.0.0.1:${String(port)}`);
  const log = await open(join(directory, 'log'), 'a');
  const running = new Map<number, ChildProcess>();
  const killAll = (): void => {
    for (const child of running.values()) child.kill('SIGKILL');
  };
  process.on('exit', killAll);

  function start(index: number): void {
    const args = memberArguments({ directory, index, endpoint: endpoints[index]!, peers, electionTimeoutMs });
    const child = spawn('etcd', args, { stdio: ['ignore', log.fd, log.fd], env: { PATH: process.env['PATH'] } });
    // A test that failed ends all the same.
    child.unref();
    running.set(index, child);
    child.once('exit', () => {
      // Its port may have been taken in the meantime: it comes back when that is free again.
      if (running.get(index) === child) setTimeout(() => running.get(index) === child && start(index), 200);
    });
  }

  async function end(index: number): Promise<void> {
    const child = running.get(index);
    running.delete(index);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.ref();
    child.kill('SIGKILL');
    await exited;
  }

  const cluster: EtcdCluster = {
    endpoints,
    tls,
    tlsDir: directory,
    kill: end,
    start,
    pause: (index) => void running.get(index)?.kill('SIGSTOP'),
    resume: (index) => void running.get(index)?.kill('SIGCONT'),
    async leader() {
      const until = systemClock.monotonicMs() + PATIENCE_MS;
      while (systemClock.monotonicMs() < until) {
        const seen = await Promise.all([...running.keys()].map((i) => statusOf(endpoints[i]!, tls)));
        const leaders = new Set(seen.map((status) => status?.leader ?? 0n));
        const index = seen.findIndex((status) => status !== undefined && status.header?.memberId === status.leader);
        if (leaders.size === 1 && index >= 0) return [...running.keys()][index]!;
        await systemClock.sleep(50);
      }
      throw new Error(`etcd has no leader: ${(await readFile(join(directory, 'log'), 'utf8')).slice(-4_000)}`);
    },
    compact: () => compact(endpoints[0]!, tls),
    async [Symbol.asyncDispose]() {
      for (const index of [...running.keys()]) await end(index);
      process.off('exit', killAll);
      await log.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    for (let index = 0; index < memberCount; index++) start(index);
    await cluster.leader();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

function memberArguments(init: {
  directory: string;
  index: number;
  endpoint: string;
  peers: readonly string[];
  electionTimeoutMs: number;
}): string[] {
  const [name, peerUrl] = init.peers[init.index]!.split('=') as [string, string];
  const file = (pem: string): string => join(init.directory, pem);
  return [
    ...['--name', name, '--data-dir', file(name), '--logger', 'zap', '--log-level', 'error'],
    ...['--listen-client-urls', `https://${init.endpoint}`, '--advertise-client-urls', `https://${init.endpoint}`],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', init.peers.join(',')],
    ...['--initial-cluster-token', init.directory],
    ...['--heartbeat-interval', String(init.electionTimeoutMs / 10), '--election-timeout', String(init.electionTimeoutMs)],
    ...['--client-cert-auth', '--trusted-ca-file', file('ca.pem'), '--cert-file', file('cert.pem'), '--key-file', file('key.pem')],
    ...['--peer-client-cert-auth', '--peer-trusted-ca-file', file('ca.pem')],
    ...['--peer-cert-file', file('cert.pem'), '--peer-key-file', file('key.pem')],
  ];
}

async function compact(endpoint: string, tls: TlsSecurity): Promise<void> {
  await using channel = dial({ address: endpoint, security: tls });
  const client = channel.client(KVClient);
  const range = { key: Buffer.from('/'), rangeEnd: Buffer.alloc(0), limit: 1n, revision: 0n, serializable: false };
  const { header } = await callUnary<RangeResponse>((metadata, options, done) => client.range(range, metadata, options, done));
  const request = { revision: header?.revision ?? 0n, physical: true };
  await callUnary<CompactionResponse>((metadata, options, done) => client.compact(request, metadata, options, done));
}

async function statusOf(endpoint: string, tls: TlsSecurity): Promise<StatusResponse | undefined> {
  await using channel = dial({ address: endpoint, security: tls });
  const client = channel.client(MaintenanceClient);
  try {
    return await callUnary<StatusResponse>((metadata, options, done) => client.status({}, metadata, options, done), { deadlineMs: 2_000 });
  } catch {
    return undefined;
  }
}

/** Below the ports that the system gives to outgoing connections: a killed member finds its own again. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
