import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatControlStoreAddress } from '@pilvi/control-store';
import { freeSpace, openDataDir, writeFileAtomic } from '@pilvi/runtime';
import { CommandError } from './command-error.ts';
import type { Config, EtcdSetting } from './config.ts';

/** Format of the data directory as a whole; each store in it has a format version of its own besides. */
const FORMAT_VERSION = 2;
const BYTES_PER_MIB = 1024 * 1024;
/** Below this a new cluster cannot even preallocate its logs. */
const LEAST_FREE_BYTES = 512 * BYTES_PER_MIB;

/** The shape of the local cluster, remembered in `<data dir>/cluster.json` so that a second start finds its data. */
export interface ClusterShape {
  readonly storageNodes: number;
  readonly zones: number;
  readonly copies: number;
  /** Undefined: the gateway's default. */
  readonly partitions?: number | undefined;
  /** Undefined: embedded. */
  readonly controlStore?: EtcdSetting | undefined;
}

/** The data directory of a local cluster, held until disposal: no second `up` can run on it. */
export interface ClusterDirectory extends AsyncDisposable {
  readonly shape: ClusterShape;
}

/**
 * Creates or opens the data directory. Throws RuntimeError `format-version`, `wrong-owner`, `locked`, ... and
 * CommandError `no-space`, `fewer-nodes`, `bad-setting`.
 */
export async function openDataDirectory(config: Config): Promise<ClusterDirectory> {
  const held = await holdDataDirectory(config.dataDir);
  try {
    await checkSpace(config.dataDir);
    const file = join(config.dataDir, 'cluster.json');
    const remembered = await followMove(config.dataDir, (await readJson(file)) as ClusterShape | undefined);
    const shape = decideShape(config, remembered);
    if (JSON.stringify(shape) !== JSON.stringify(remembered)) await writeJson(file, shape);
    return { shape, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() };
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/** Keeps every other `up`, `init` and `join` off the directory until disposal. Throws RuntimeError `format-version`, `wrong-owner`, `locked`, ... */
export async function holdDataDirectory(dataDir: string): Promise<AsyncDisposable> {
  return openDataDir(dataDir, { kind: 'cluster', formatVersion: FORMAT_VERSION });
}

/** `control-store move` leaves word beside the data that it took along (apps/gateway/src/control/moved-file.ts). */
async function followMove(dataDir: string, remembered: ClusterShape | undefined): Promise<ClusterShape | undefined> {
  if (remembered === undefined || remembered.controlStore !== undefined) return remembered;
  const moved = (await readJson(join(dataDir, 'gateway-1', 'moved-to-etcd.json'))) as { etcd: MovedTo } | undefined;
  if (moved === undefined) return remembered;
  const { endpoints, cluster, caFile, certFile, keyFile, serverName } = moved.etcd;
  const address = formatControlStoreAddress({ kind: 'etcd', endpoints, cluster });
  return {
    ...remembered,
    controlStore: { kind: 'etcd', address, caFile, certFile, keyFile, ...(serverName === undefined ? {} : { serverName }) },
  };
}

interface MovedTo extends Omit<EtcdSetting, 'kind' | 'address'> {
  readonly endpoints: readonly string[];
  readonly cluster: string;
}

/** What was asked for, else what is remembered, else the default. Nodes may be added and copies raised; nothing may be left behind. */
export function decideShape(
  config: Pick<Config, keyof ClusterShape> & { readonly gateways?: number },
  remembered: ClusterShape | undefined,
): ClusterShape {
  const storageNodes = config.storageNodes ?? remembered?.storageNodes ?? 3;
  const copies = config.copies ?? remembered?.copies ?? Math.min(3, storageNodes);
  // Not bounded by the nodes: those added later go to the zones that have none.
  const zones = config.zones ?? remembered?.zones ?? 3;
  if (remembered !== undefined && storageNodes < remembered.storageNodes) {
    throw new CommandError(
      'fewer-nodes',
      `the data is of ${String(remembered.storageNodes)} storage nodes: PILVI_STORAGE_NODES=${String(storageNodes)} would leave some of it behind`,
    );
  }
  if (remembered !== undefined && copies < remembered.copies) {
    throw new CommandError(
      'bad-setting',
      `this cluster keeps ${String(remembered.copies)} copies; PILVI_COPIES=${String(copies)} is fewer, and copies can only be raised`,
    );
  }
  if (copies > storageNodes) throw new CommandError('bad-setting', `PILVI_COPIES=${String(copies)} is more than there are storage nodes`);
  const partitions = remembered === undefined ? config.partitions : remembered.partitions;
  const controlStore = decideControlStore(config.controlStore, remembered);
  if ((config.gateways ?? 1) > 1 && controlStore === undefined) {
    throw new CommandError(
      'bad-setting',
      `PILVI_GATEWAYS=${String(config.gateways)}: more than one gateway needs etcd (PILVI_CONTROL_STORE=etcd://host:port,host:port)`,
    );
  }
  return {
    storageNodes,
    zones,
    copies,
    ...(partitions !== undefined && { partitions }),
    ...(controlStore !== undefined && { controlStore }),
  };
}

/** The engine is chosen at the first start; later only `control-store move` changes it, which takes the data along. */
function decideControlStore(asked: Config['controlStore'], remembered: ClusterShape | undefined): EtcdSetting | undefined {
  if (remembered === undefined) return asked?.kind === 'etcd' ? asked : undefined;
  if (asked?.kind === 'etcd' && remembered.controlStore === undefined)
    throw new CommandError(
      'bad-setting',
      `this cluster keeps its control data in its gateway, not in etcd: start it without PILVI_CONTROL_STORE, and take the data along with: npx pilvi control-store move ${asked.address}`,
    );
  if (asked?.kind === 'embedded' && remembered.controlStore !== undefined)
    throw new CommandError('bad-setting', `this cluster keeps its control data in etcd (${remembered.controlStore.address})`);
  // Members of etcd and certificates may be others than before.
  return asked?.kind === 'etcd' ? asked : remembered.controlStore;
}

/** Atomically replaces a small JSON file; readable by its owner only. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}

/** The parsed file, or undefined when there is none. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError('bad-setting', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

export async function checkSpace(dataDir: string): Promise<void> {
  const { freeBytes } = await freeSpace(dataDir);
  if (freeBytes >= LEAST_FREE_BYTES) return;
  const [free, least] = [freeBytes, LEAST_FREE_BYTES].map((bytes) => String(Math.floor(bytes / BYTES_PER_MIB)));
  throw new CommandError(
    'no-space',
    `no space: ${dataDir} has ${free ?? ''} MiB free and needs ${least ?? ''} MiB. Free some, or set PILVI_DATA_DIR.`,
  );
}
