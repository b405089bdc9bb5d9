import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openChunkStore } from '@pilvi/chunk-store';
import type { ChunkStore } from '@pilvi/chunk-store';
import { openReplicationLog } from '@pilvi/replication-log';
import type { ReplicationLog, WrittenBatch } from '@pilvi/replication-log';
import { writeFileAtomic } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import { IDENTITY_FILE, readIdentity, renewIdentity, saveIdentity, UnknownIdentityFormat } from './cluster/identity.ts';
import type { Identity } from './cluster/identity.ts';
import type { StorageNodeConfig } from './config.ts';
import { replayLog } from './replay-log.ts';
import type { ReplayedLog } from './replay-log.ts';
import { setAsideDirectory, startOver } from './start-over.ts';
import { createChunkInventory } from '@pilvi/row-store';
import type { ChunkInventory } from '@pilvi/row-store';
import { openRowStore } from '@pilvi/row-store';
import type { RowStore } from '@pilvi/row-store';

const LOG = 'log';
const ROWS = 'rows';
const CHUNKS = 'chunks';
const STATE = [LOG, ROWS, CHUNKS];
const REFUSED_ERRNOS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);
/** Written when this incarnation must not come back (D2); the next start begins as a new one. */
const LEFT_FILE = 'left.json';
/** Kept from the drop of a torn tail until another member was heard (D2). */
const TORN_FILE = 'torn.json';

/** The file without which a part of the disk is lost. */
const PART_FILES = {
  identity: IDENTITY_FILE,
  log: join(LOG, 'manifest'),
  rows: join(ROWS, 'CURRENT'),
  control: join('control', 'manifest'),
} as const;
export type DiskPart = keyof typeof PART_FILES | 'chunks';

/** Everything that a storage node keeps on its disk, opened and read. */
export interface NodeDisk extends ReplayedLog, AsyncDisposable {
  readonly identity: Identity;
  readonly log: ReplicationLog;
  readonly rows: RowStore;
  readonly chunks: ChunkStore;
  readonly inventory: ChunkInventory;
  /** Where the files of earlier incarnations lie that were set aside; empty when there are none. */
  readonly asideDirectory: string;
  /** The disk belongs to this cluster from now on. */
  joined(clusterId: string): Promise<void>;
  /** It is in sync with everything that it should hold. */
  wasFilled(): Promise<void>;
  /** Which parts of the disk are no longer there. */
  missingParts(): Promise<readonly DiskPart[]>;
  /** Writes the identity again when its file is not what it should be; true when it was not. */
  mendIdentity(): Promise<boolean>;
  /** This incarnation leaves: the next start finds an empty disk and a new id. */
  leave(reason: string): Promise<void>;
  /** Another member was heard: the log that was torn is as good as any. */
  forgetTorn(): Promise<void>;
}

interface Components extends Pick<StorageNodeConfig, 'dataDir' | 'chunkEngine'> {
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly onBatch?: (batch: WrittenBatch) => void;
}

/** Opens a node's disk. What is damaged is set aside, and the node comes back as a new, empty incarnation that the others fill. */
export async function openNodeDisk(components: Components): Promise<NodeDisk> {
  const { dataDir: directory, log } = components;
  const beginAgain = async (reason: string): Promise<void> => {
    await startOver({ ...components, directory }, STATE, reason);
    for (const name of [LEFT_FILE, TORN_FILE]) await rm(join(directory, name), { force: true });
  };
  if (await exists(join(directory, LEFT_FILE))) await beginAgain('this incarnation left');
  try {
    return await openState(components);
  } catch (error) {
    if (isRefused(error)) throw error;
    log.error({ err: error, directory }, 'the disk is damaged: starting over as a new member');
    await beginAgain(String(error));
    return openState(components);
  }
}

/** Data of another version, or a disk that cannot be read or written just now, is no damage: it stays as it is, and the node does not start. */
function isRefused(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (error instanceof UnknownIdentityFormat || code === 'format-version' || code === 'unknown-format') return true;
  return typeof code === 'string' && REFUSED_ERRNOS.has(code);
}

async function openState(components: Components): Promise<NodeDisk> {
  const { dataDir: directory, chunkEngine: engine, clock, log, onFatal, onBatch = () => {} } = components;
  let identity = await identityOf(components);
  // What was opened before damage was found is closed again.
  await using opened = new AsyncDisposableStack();
  const replicationLog = opened.use(await openReplicationLog({ directory: join(directory, LOG), onFatal, onBatch }));
  if (replicationLog.condition.kind === 'damaged') throw new Error(`the replication log is damaged: ${replicationLog.condition.detail}`);
  if (replicationLog.condition.kind === 'torn-tail')
    await writeFileAtomic(join(directory, TORN_FILE), `${JSON.stringify(replicationLog.condition)}\n`, { mode: 0o600 });
  const torn = await exists(join(directory, TORN_FILE));
  const rows = opened.use(await openRowStore({ directory: join(directory, ROWS), onFatal }));
  const inventory = createChunkInventory(rows);
  const chunks = opened.use(await openChunkStore({ directory: join(directory, CHUNKS), engine, clock, log, onFatal }));
  const { restored, replayed } = await replayLog(replicationLog, rows, inventory, torn);
  const save = async (change: Partial<Identity>): Promise<void> => {
    identity = { ...identity, ...change };
    await saveIdentity(directory, identity);
  };
  // From now on a log or rows that are not there are lost.
  if (identity.isNew) await save({ isNew: false });
  const asideDirectory = await setAsideDirectory(directory);
  const parts = opened.move();
  return {
    get identity() {
      return identity;
    },
    log: replicationLog,
    rows,
    chunks,
    inventory,
    restored,
    replayed,
    asideDirectory,
    async joined(clusterId) {
      if (identity.clusterId !== clusterId) await save({ clusterId });
    },
    async wasFilled() {
      if (!identity.wasWhole) await save({ wasWhole: true });
    },
    async missingParts() {
      const files = Object.entries(PART_FILES) as [DiskPart, string][];
      const there = await Promise.all(files.map(([, file]) => exists(join(directory, file))));
      const gone = files.filter((_, i) => there[i] !== true).map(([part]) => part);
      return (await chunks.isThere()) ? gone : [...gone, 'chunks'];
    },
    async mendIdentity() {
      const found = await readIdentity(directory).catch(() => undefined);
      if (found !== undefined && JSON.stringify(found) === JSON.stringify(identity)) return false;
      await save({});
      return true;
    },
    async leave(reason) {
      await writeFileAtomic(join(directory, LEFT_FILE), `${JSON.stringify({ reason })}\n`, { mode: 0o600 });
    },
    async forgetTorn() {
      await rm(join(directory, TORN_FILE), { force: true });
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The identity of the disk, or a new one for an empty directory. Throws when something that belongs to it is gone. */
async function identityOf({ dataDir: directory, random }: Components): Promise<Identity> {
  const identity = await readIdentity(directory);
  const logIsThere = !(await isEmpty(join(directory, LOG)));
  const rowsAreThere = await exists(join(directory, ROWS, 'CURRENT'));
  if (identity === undefined) {
    if (logIsThere || rowsAreThere) throw new Error('identity.json is gone');
    return renewIdentity(directory, random, '');
  }
  if (!identity.isNew && !logIsThere) throw new Error('the replication log is gone');
  if (!identity.isNew && !rowsAreThere) throw new Error('the row store is gone');
  return identity;
}

async function isEmpty(directory: string): Promise<boolean> {
  return (await exists(directory)) ? (await readdir(directory)).length === 0 : true;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
