import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';

/** `sun_path` of a Unix socket has 108 bytes on Linux and 104 on macOS, the final zero included. */
const SOCKET_PATH_BYTES = 103;
const ADMIN_SOCKET_SUFFIX = '-admin.sock';
const METRICS_SOCKET_SUFFIX = '-metrics.sock';
const LONGEST_SOCKET_NAME = `storage-99${METRICS_SOCKET_SUFFIX}`;

/** Where a local cluster keeps what is not data: a function of the data directory alone, so that every command finds it. */
export interface ClusterPaths {
  readonly dataDir: string;
  /** Pid files. */
  readonly runDir: string;
  readonly logDir: string;
  /** Certificates of the cluster CA, one directory per process. */
  readonly tlsDir: string;
  /** Unix sockets, mode 0700: only the owner can connect. */
  readonly socketDir: string;
  /** Served by `pilvi up`. */
  readonly controlSocket: string;
}

export function clusterPaths(dataDir: string): ClusterPaths {
  const socketDir = socketDirectory(dataDir);
  return {
    dataDir,
    runDir: join(dataDir, 'run'),
    logDir: join(dataDir, 'log'),
    tlsDir: join(dataDir, 'tls'),
    socketDir,
    controlSocket: join(socketDir, 'up.sock'),
  };
}

/** Served by a gateway. */
export function adminSocket(paths: Pick<ClusterPaths, 'socketDir'>, gateway: string): string {
  return join(paths.socketDir, `${gateway}${ADMIN_SOCKET_SUFFIX}`);
}

/** Served by a storage node. */
export function metricsSocket(paths: Pick<ClusterPaths, 'socketDir'>, node: string): string {
  return join(paths.socketDir, `${node}${METRICS_SOCKET_SUFFIX}`);
}

/** Those of all gateways that have one, the first gateway's first. */
export async function adminSockets(paths: Pick<ClusterPaths, 'socketDir'>): Promise<readonly string[]> {
  const names = await readdir(paths.socketDir).catch(() => []);
  return names
    .filter((name) => name.endsWith(ADMIN_SOCKET_SUFFIX))
    .sort()
    .map((name) => join(paths.socketDir, name));
}

/** Where the metrics of each process of this machine are read, by its name. */
export async function metricsSockets(paths: Pick<ClusterPaths, 'socketDir'>): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(paths.socketDir).catch(() => []);
  const named = files.flatMap((file): [string, string][] => {
    const suffix = [ADMIN_SOCKET_SUFFIX, METRICS_SOCKET_SUFFIX].find((suffix) => file.endsWith(suffix));
    return suffix === undefined ? [] : [[file.slice(0, -suffix.length), join(paths.socketDir, file)]];
  });
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `<data dir>/run`, or a short directory of this user under the system's when a socket's path would be too long. */
function socketDirectory(dataDir: string): string {
  const inside = join(dataDir, 'run');
  if (Buffer.byteLength(join(inside, LONGEST_SOCKET_NAME)) <= SOCKET_PATH_BYTES) return inside;
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return join(tmpdir(), `pilvi-${String(process.getuid?.() ?? 0)}-${digest}`);
}

/** Creates the directories. Throws CommandError `other-owner` when someone else got hold of the socket directory's name. */
export async function createClusterDirectories(paths: ClusterPaths): Promise<void> {
  for (const dir of [paths.runDir, paths.logDir, paths.socketDir]) await mkdir(dir, { recursive: true, mode: 0o700 });
  const found = await lstat(paths.socketDir);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw new CommandError('other-owner', `${paths.socketDir} belongs to another user; set TMPDIR or a shorter PILVI_DATA_DIR.`);
  }
  await chmod(paths.socketDir, 0o700);
}
